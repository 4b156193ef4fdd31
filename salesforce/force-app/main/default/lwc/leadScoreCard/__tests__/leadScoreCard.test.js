import { createElement } from 'lwc';
import { getRecord } from 'lightning/uiRecordApi';
import LeadScoreCard from 'c/leadScoreCard';
import leads from '../../../../../../preview/samples/leads.json';

const ID = '00Q000000000001AAA';

function card() {
    const element = createElement('c-lead-score-card', { is: LeadScoreCard });
    element.recordId = ID;
    document.body.appendChild(element);
    return element;
}

/** A card that has received a sample, changed by `changes`; undefined takes a field away. */
async function cardOf(sample, changes = {}) {
    const element = card();
    const values = Object.entries({ ...leads[sample], ...changes }).filter(([, value]) => value !== undefined);
    getRecord.emit({ apiName: 'Lead', id: ID, fields: Object.fromEntries(values.map(([name, value]) => [name, { value }])) });
    await Promise.resolve();
    return element;
}

const find = (element, selector) => element.shadowRoot.querySelector(selector);
const all = (element, selector) => [...element.shadowRoot.querySelectorAll(selector)];
const words = (element, selector) => find(element, selector)?.textContent.replace(/\s+/g, ' ').trim();
const facts = (element) => Object.fromEntries(all(element, '.fact').map((fact) => [fact.querySelector('dt').textContent, fact.querySelector('dd').textContent]));

describe('c-lead-score-card', () => {
    afterEach(() => {
        document.body.replaceChildren();
    });

    it('asks for the lead with fields that may be missing, so that one hidden field fails nothing', async () => {
        card();
        await Promise.resolve();
        const { recordId, fields, optionalFields } = getRecord.getLastConfig();
        expect(recordId).toBe(ID);
        expect(fields.map(({ fieldApiName }) => fieldApiName)).toEqual(['Id']);
        const names = optionalFields.map(({ fieldApiName }) => fieldApiName);
        expect(names).toEqual(expect.arrayContaining(['Lead_Score__c', 'Score_Driver_5__c', 'Score_Firm_Assets_M__c']));
        expect(new Set(names).size).toBe(names.length);
        expect(names.sort()).toEqual(Object.keys(leads.fresh).sort());
    });

    it('waits visibly and for screen readers', async () => {
        const element = card();
        await Promise.resolve();
        expect(find(element, '[aria-busy="true"] lightning-spinner').alternativeText).toBe('Loading the score');
        await expect(element).toBeAccessible();
    });

    it('says why a lead is worth a call', async () => {
        const element = await cardOf('fresh');
        expect(words(element, '.tier__title')).toBe('Tier A: call first');
        expect(words(element, '.tier__words')).toContain('Number 12 in the call order, better than 93 of 100 leads.');
        expect(words(element, '.chance')).toBe('About 1 in 18 leads like this one schedules a call within 30 days.');
        expect(find(element, '.body').textContent).toContain('Among comparable leads it is about 1 in 25.');
        expect(words(element, '.comparison')).toBe('1.4 times as likely as comparable leads.');
        expect(words(element, '.change')).toBe("Was 4.8 %, now 5.6 %: mostly new data on the firm's growth");
        expect(words(element, '.header .trend')).toBe('Trend: Up');
        expect(words(element, '.age')).toBe('Vendor data of September 2025, 62 days old at scoring.');
        expect(words(element, '.caution')).toContain('Registered with an RIA only');
        expect(find(element, '.notice')).toBeNull();
    });

    it('tells the reasons in order, each with its kind as a word and an icon', async () => {
        const element = await cardOf('fresh');
        const kinds = all(element, '.reasons .reason__kind').map((kind) => kind.textContent);
        const icons = all(element, '.reasons lightning-icon').map((icon) => icon.iconName);
        expect(kinds).toEqual(['Timing', 'Growth', 'Fit', 'Size']);
        expect(new Set(icons).size).toBe(4);
        expect(all(element, '.reasons p')[1].textContent).toContain("The firm's assets grew by 18 % in a year");
    });

    it('draws both rates on one scale and writes them beside it', async () => {
        const element = await cardOf('fresh');
        const drawn = all(element, '.bar').map((bar) => [
            bar.querySelector('.bar__label').textContent,
            bar.querySelector('.bar__rate').textContent,
            bar.querySelector('.bar__fill').style.width
        ]);
        expect(drawn).toEqual([
            ['This lead', '5.6 %', '100%'],
            ['Comparable leads', '4.0 %', '71%']
        ]);
        expect(all(element, '.bar__room').every((room) => room.getAttribute('aria-hidden') === 'true')).toBe(true);
    });

    it('keeps facts and details behind folds', async () => {
        const element = await cardOf('fresh');
        expect(all(element, 'details > summary').map((summary) => summary.textContent)).toEqual([
            'Read it before you dial',
            'Facts about the advisor and the firm',
            'Details of the score'
        ]);
        expect(all(element, 'details').some((fold) => fold.hasAttribute('open'))).toBe(false);
        expect(facts(element)).toMatchObject({
            "Firm's assets": '$1.3 billion',
            "Firm's growth, 1 year": '+18 %',
            'Years at the firm': '1.4 years',
            Model: 'sample-model-2025-11',
            'Known up to': 'November 2, 2025'
        });
        expect(find(element, 'lightning-formatted-date-time').value).toBe(leads.fresh.Scored_At__c);
    });

    it('calls assets the firm\'s, never the advisor\'s', async () => {
        const labels = Object.keys(facts(await cardOf('fresh')));
        expect(labels.filter((label) => /assets|clients|employees|growth/i.test(label)).every((label) => label.startsWith("Firm's"))).toBe(true);
    });

    it('says calmly that data is old', async () => {
        const element = await cardOf('stale');
        expect(words(element, '.notice')).toMatch(/^Older data\. /);
        expect(find(element, '.notice').getAttribute('role')).toBe('note');
        expect(words(element, '.age')).toBe('Vendor data of April 2025, 215 days old at scoring.');
        expect(find(element, '.caution')).toBeNull();
        expect(all(element, 'details')).toHaveLength(2);
    });

    it('says that little is known where no vendor record was found', async () => {
        const element = await cardOf('fallback');
        expect(words(element, '.notice')).toMatch(/^Little is known\. /);
        expect(words(element, '.age')).toBe('No vendor data behind this score.');
        expect(element.shadowRoot.textContent).toContain('Nothing is known that speaks for or against this lead.');
        expect(words(element, '.tier__words')).not.toContain('call order');
        expect(words(element, '.change')).toBe('Scored for the first time.');
        expect(facts(element)["Firm's assets"]).toBe('Not known');
    });

    it('names each missing value and invents none', async () => {
        const element = await cardOf('missing');
        expect(element.shadowRoot.textContent).toContain('The rate of comparable leads is not known.');
        expect(find(element, '.bars')).toBeNull();
        expect(find(element, '.comparison')).toBeNull();
        expect(words(element, '.tier__words .quiet')).toBeUndefined();
        expect(words(element, '.age')).toBe('Vendor data of September 2025.');
        expect(facts(element)).toMatchObject({
            'Earlier firms': '0',
            'Years at the firm': 'Not known',
            'Scored at': 'Not known',
            Model: 'Not known'
        });
        expect(all(element, '.fact__value_unknown').map((value) => value.textContent)).toEqual(Array(7).fill('Not known'));
        expect(all(element, '.reasons .reason__kind').map((kind) => kind.textContent)).toEqual(['Reason']);
    });

    it('shows long texts whole', async () => {
        const element = await cardOf('long');
        const told = all(element, '.reasons p').map((reason) => reason.textContent);
        expect(told).toHaveLength(5);
        expect(told[0]).toContain('between one and three years in all)');
        expect(words(element, '.caution')).toContain('registered with an RIA only)');
        expect(facts(element)["Firm's growth, 5 years"]).toBe('+26,799.4 %');
    });

    it('says not to call, and why', async () => {
        const element = await cardOf('stop');
        expect(words(element, '.tier__title')).toBe('Do not call');
        expect(words(element, '.caution')).toContain('28 years at the current firm');
        expect(element.shadowRoot.textContent).toContain('Nothing known stands out for this lead.');
    });

    it('has a tier without a chance, as leads left out for a rule do', async () => {
        const element = await cardOf('stop', { Lead_Score__c: null, Score_Trend__c: null });
        expect(words(element, '.tier__title')).toBe('Do not call');
        expect(element.shadowRoot.textContent).toContain('The chance is not known.');
        expect(find(element, '.trend')).toBeNull();
        expect(find(element, '.change')).toBeNull();
    });

    it('says that there is no score yet', async () => {
        const element = await cardOf('unscored');
        expect(words(element, '[data-state="unscored"]')).toMatch(/^This lead has no score yet/);
        expect(find(element, 'c-lead-score-feedback')).toBeNull();
        expect(find(element, '[aria-busy]')).toBeNull();
    });

    it.each([
        ['a score that the reader may not see', (element) => getRecord.emit({ fields: { Id: { value: element.recordId } } })],
        ['a lead that the reader may not see', () => getRecord.error({ message: 'No access' }, 403, 'Forbidden')],
        ['a lead that is gone', () => getRecord.error({ message: 'Not found' }, 404, 'Not Found')]
    ])('names the way to %s', async (_, arrive) => {
        const element = card();
        arrive(element);
        await Promise.resolve();
        expect(words(element, '[data-state="hidden"]')).toContain('permission set “Lead Scoring: read”');
        expect(all(element, '[data-state]')).toHaveLength(1);
        await expect(element).toBeAccessible();
    });

    it.each([
        [{ message: 'The server is busy.' }, 'The server is busy.'],
        [{}, 'Salesforce gave no reason.']
    ])('says what went wrong: %j', async (body, why) => {
        const element = card();
        getRecord.error(body, 500, 'Server Error');
        await Promise.resolve();
        expect(find(element, '[data-state="failed"]').getAttribute('role')).toBe('alert');
        expect(words(element, '[data-state="failed"]')).toContain(why);
        await expect(element).toBeAccessible();
    });

    it('hands on what feedback is about', async () => {
        const feedback = find(await cardOf('fresh'), 'c-lead-score-feedback');
        expect(feedback.recordId).toBe(ID);
        expect(feedback.tier).toBe('A');
        expect(feedback.scoreKey).toBe(leads.fresh.Score_Key__c);
        expect(feedback.modelVersion).toBe('sample-model-2025-11');
    });

    it.each(['fresh', 'stale', 'fallback', 'missing', 'long', 'stop', 'unscored'])('is accessible: %s', async (sample) => {
        await expect(await cardOf(sample)).toBeAccessible();
    });

    it('has one heading for the card and smaller ones within it, each section named', async () => {
        const element = await cardOf('fresh');
        expect(all(element, 'h2').map((heading) => heading.textContent)).toEqual(['Why this lead']);
        expect(all(element, 'h3').map((heading) => heading.textContent)).toEqual(['Chance of a call', 'What speaks for a call', 'Keep in mind']);
        expect(all(element, 'section').every((section) => section.hasAttribute('aria-label') || section.hasAttribute('aria-labelledby'))).toBe(true);
        expect(find(element, '.badge').getAttribute('aria-hidden')).toBe('true');
    });

    it('uses no jargon', async () => {
        const shown = await Promise.all(['fresh', 'stale', 'fallback', 'missing', 'long', 'stop'].map((sample) => cardOf(sample)));
        for (const element of shown) {
            expect(element.shadowRoot.textContent).not.toMatch(/shap|percentile|probability|calibrat|log-odds|quantile|AUM/i);
        }
    });
});
