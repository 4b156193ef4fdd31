import { createElement } from 'lwc';
import { navigate } from 'lightning/navigation';
import getCallList from '@salesforce/apex/LeadScoreListController.getCallList';
import TodaysCallList from 'c/todaysCallList';
import sample from '../../../../../../preview/samples/call-list.json';

jest.mock(
    '@salesforce/apex/LeadScoreListController.getCallList',
    () => {
        const { createApexTestWireAdapter } = require('@salesforce/sfdx-lwc-jest');
        return { default: createApexTestWireAdapter(jest.fn()) };
    },
    { virtual: true }
);

// Records where to, instead of going there.
jest.mock(
    'lightning/navigation',
    () => {
        const goTo = jest.fn();
        const Navigate = Symbol('Navigate');
        const NavigationMixin = (Base) =>
            class extends Base {
                [Navigate](page) {
                    goTo(page);
                }
            };
        return { NavigationMixin: Object.assign(NavigationMixin, { Navigate }), navigate: goTo };
    },
    { virtual: true }
);

const find = (element, selector) => element.shadowRoot.querySelector(selector);
const all = (element, selector) => [...element.shadowRoot.querySelectorAll(selector)];
const words = (node) => node?.textContent.replace(/\s+/g, ' ').trim();

async function list(arrive) {
    const element = createElement('c-todays-call-list', { is: TodaysCallList });
    document.body.appendChild(element);
    arrive?.();
    await Promise.resolve();
    return element;
}

const listOf = (data) => list(() => getCallList.emit(data));

describe('c-todays-call-list', () => {
    afterEach(() => {
        document.body.replaceChildren();
    });

    it('waits visibly and for screen readers', async () => {
        const element = await list();
        expect(find(element, '[aria-busy="true"] lightning-spinner').alternativeText).toBe('Loading your call list');
        await expect(element).toBeAccessible();
    });

    it('shows the leads in the order they come, each with one reason', async () => {
        const element = await listOf(sample);
        expect(all(element, '.row__name').map(words)).toEqual(sample.rows.map(({ name }) => name));
        expect(all(element, '.row > .badge').map(words)).toEqual(['Tier A', 'Tier A', 'Tier A', 'Tier B', 'Tier B', 'Tier C']);
        expect(words(all(element, '.row__why')[0])).toBe('1.1 years at the current firm');
        expect(all(element, '.row__why lightning-icon')[0].iconName).toBe('utility:clock');
        expect(words(find(element, '.header .quiet'))).toBe('Scores as of November 2, 2025');
        expect(find(element, 'ol.rows')).not.toBeNull();
        await expect(element).toBeAccessible();
    });

    it('names what is missing', async () => {
        const element = await listOf(sample);
        const rows = all(element, '.row');
        expect(words(rows[2].querySelector('.row__phone'))).toBe('No number');
        expect(words(rows[5].querySelector('.row__why'))).toBe('No reason stands out. Little is known');
        expect(rows[5].querySelector('.trend')).toBeNull();
        expect(words(rows[2].querySelector('.row__notice'))).toBe('Older data');
        expect(rows[0].querySelector('.row__notice')).toBeNull();
    });

    it('has a number to dial', async () => {
        const phones = all(await listOf(sample), 'lightning-formatted-phone');
        expect(phones.map(({ value }) => value)).toEqual(sample.rows.map(({ phone }) => phone).filter(Boolean));
    });

    it('counts tiers, those beyond the end of the list too', async () => {
        const element = await listOf(sample);
        expect(all(element, '.count').map(words)).toEqual(['Tier A3', 'Tier B2', 'Tier C61']);
        expect(words(find(element, '.more'))).toBe('The first 6 of your 66 leads to call.');
    });

    it('says nothing of more where there is none', async () => {
        const element = await listOf({ ...sample, rows: sample.rows.slice(0, 2), counts: { A: 2 }, asOf: null });
        expect(find(element, '.more')).toBeNull();
        expect(all(element, '.count').map(words)).toEqual(['Tier A2', 'Tier B0', 'Tier C0']);
        expect(find(element, '.header .quiet')).toBeNull();
    });

    it('says that there is nobody to call', async () => {
        const element = await listOf({ rows: [], counts: { A: 0, B: 0, C: 0 } });
        expect(words(find(element, '[data-state="empty"]'))).toMatch(/^Nobody to call right now/);
        expect(find(element, '.counts')).toBeNull();
        await expect(element).toBeAccessible();
    });

    it('names the way to a list that the reader may not see', async () => {
        const element = await list(() => getCallList.error({ message: 'No access' }, 403));
        expect(words(find(element, '[data-state="hidden"]'))).toContain('permission set “Lead Scoring: read”');
        expect(all(element, '[data-state]')).toHaveLength(1);
        await expect(element).toBeAccessible();
    });

    it('says what went wrong', async () => {
        const element = await list(() => getCallList.error({ message: 'The server is busy.' }, 500));
        expect(words(find(element, '[data-state="failed"][role="alert"]'))).toContain('The server is busy.');
        await expect(element).toBeAccessible();
    });

    it.each([
        [{}, true],
        [{ ctrlKey: true }, false],
        [{ metaKey: true }, false],
        [{ shiftKey: true }, false]
    ])('opens the lead in the console, and a tab of its own with a key held: %j', async (keys, isOurs) => {
        navigate.mockClear();
        const element = await listOf(sample);
        const link = find(element, '.row__name a');
        expect(link.getAttribute('href')).toBe('/lightning/r/Lead/00Q000000000001AAA/view');
        const click = new MouseEvent('click', { cancelable: true, bubbles: true, ...keys });
        link.dispatchEvent(click);
        expect(click.defaultPrevented).toBe(isOurs);
        const calls = isOurs
            ? [[{ type: 'standard__recordPage', attributes: { recordId: '00Q000000000001AAA', objectApiName: 'Lead', actionName: 'view' } }]]
            : [];
        expect(navigate.mock.calls).toEqual(calls);
    });
});
