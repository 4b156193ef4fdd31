import { LightningElement, api } from 'lwc';

/** Draws a symbol that the page carries, at the sizes of the platform's own. */
export default class Icon extends LightningElement {
    @api iconName;
    @api size;
    @api alternativeText;

    get id() {
        return this.iconName.replace(':', '-');
    }

    // Templates give ids a scope of their own; the symbols are the page's.
    renderedCallback() {
        this.template.querySelector('use').setAttribute('href', `#${this.id}`);
    }

    get isStandard() {
        return this.iconName.startsWith('standard:');
    }

    get container() {
        const name = this.id.replaceAll('_', '-');
        return `slds-icon_container slds-icon-${name}`;
    }

    get look() {
        const size = this.size && this.size !== 'medium' ? ` slds-icon_${this.size}` : '';
        return `slds-icon${size}${this.isStandard ? '' : ' slds-icon-text-default'}`;
    }
}
