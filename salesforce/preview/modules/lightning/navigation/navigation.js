/** Leads lie elsewhere: the preview goes nowhere. */
export const NavigationMixin = (Base) =>
    class extends Base {
        [NavigationMixin.Navigate]() {}
    };
NavigationMixin.Navigate = Symbol('Navigate');
