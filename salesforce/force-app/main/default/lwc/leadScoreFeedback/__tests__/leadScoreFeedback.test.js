import { createElement } from 'lwc';
import { createRecord } from 'lightning/uiRecordApi';
import LeadScoreFeedback from 'c/leadScoreFeedback';
import { REASONS } from '../reasons';

const ID = '00Q000000000001AAA';
const KEY = '0f1e2d3c4b5a69788796a5b4c3d2e1f0';

const find = (element, selector) => element.shadowRoot.querySelector(selector);
const words = (element, selector) => find(element, selector)?.textContent;
const named = (element, name) => find(element, `[data-name="${name}"]`);

/** Lets promises and the rendering that follows them come to an end. */
async function settled() {
    for (let turn = 0; turn < 5; turn += 1) {
        // One after the other, since each lets the next one begin.
        // eslint-disable-next-line no-await-in-loop
        await Promise.resolve();
    }
}

async function asked(changes = {}) {
    const element = createElement('c-lead-score-feedback', { is: LeadScoreFeedback });
    Object.assign(element, { recordId: ID, tier: 'A', scoreKey: KEY, modelVersion: 'sample-model', ...changes });
    document.body.appendChild(element);
    await settled();
    return element;
}

async function click(element, name) {
    named(element, name).click();
    await settled();
}

/** Types into an input; the stand-ins of the inputs report themselves as `isValid`. */
function fill(element, name, value, isValid = true) {
    const input = named(element, name);
    input.reportValidity = jest.fn(() => isValid);
    input.dispatchEvent(new CustomEvent('change', { detail: { value } }));
}

describe('c-lead-score-feedback', () => {
    beforeEach(() => {
        createRecord.mockReset();
        createRecord.mockResolvedValue({});
    });

    afterEach(() => {
        document.body.replaceChildren();
    });

    it('asks first', async () => {
        const element = await asked();
        expect(words(element, 'h3')).toBe('Was this helpful?');
        expect(find(element, '[role="group"]').getAttribute('aria-label')).toBe('Was this helpful?');
        await expect(element).toBeAccessible();
    });

    it('logs a yes at once, with the score that it is about', async () => {
        const element = await asked();
        await click(element, 'yes');
        expect(createRecord).toHaveBeenCalledTimes(1);
        expect(createRecord).toHaveBeenCalledWith({
            apiName: 'Lead_Score_Feedback__c',
            fields: { Lead__c: ID, Helpful__c: 'Yes', Score_Key__c: KEY, Score_Model_Version__c: 'sample-model' }
        });
        expect(words(element, '[role="status"]')).toBe('Thank you, noted: this helped.');
        await expect(element).toBeAccessible();
    });

    it('logs a yes for a score without a key', async () => {
        const element = await asked({ scoreKey: null, modelVersion: undefined });
        await click(element, 'yes');
        expect(createRecord.mock.calls[0][0].fields).toEqual({ Lead__c: ID, Helpful__c: 'Yes', Score_Key__c: null, Score_Model_Version__c: null });
    });

    it('asks what was wrong before it logs a no', async () => {
        const element = await asked();
        await click(element, 'no');
        expect(words(element, 'h3')).toBe('What was wrong?');
        expect(createRecord).not.toHaveBeenCalled();
        expect(named(element, 'reason').options.map(({ value }) => value)).toEqual(REASONS);
        expect(named(element, 'reason').required).toBeTruthy();
        await expect(element).toBeAccessible();
        fill(element, 'reason', 'A fact is wrong');
        fill(element, 'comment', '  Left the firm in June  ');
        await click(element, 'send');
        expect(createRecord.mock.calls[0][0].fields).toMatchObject({
            Helpful__c: 'No',
            Reason__c: 'A fact is wrong',
            Comment__c: 'Left the firm in June'
        });
        expect(words(element, '[role="status"]')).toBe('Thank you, noted: this did not help.');
        expect(words(element, 'h3')).toBe('Was this helpful?');
    });

    it('leaves an empty comment out', async () => {
        const element = await asked();
        await click(element, 'no');
        fill(element, 'reason', 'Something else');
        fill(element, 'comment', '   ');
        await click(element, 'send');
        expect(createRecord.mock.calls[0][0].fields).not.toHaveProperty('Comment__c');
    });

    it('sends no form that lacks something', async () => {
        const element = await asked();
        await click(element, 'no');
        fill(element, 'reason', null, false);
        await click(element, 'send');
        expect(named(element, 'reason').reportValidity).toHaveBeenCalled();
        expect(createRecord).not.toHaveBeenCalled();
        expect(find(element, '[data-form="unhelpful"]')).not.toBeNull();
    });

    it('logs another tier with its reason, and says that the score stays', async () => {
        const element = await asked();
        await click(element, 'override');
        expect(words(element, '.hint')).toContain('“Tier A: call first”');
        expect(words(element, '.hint')).toContain('the score itself stays as it is');
        expect(named(element, 'tier').options.map(({ value }) => value)).toEqual(['B', 'C', 'Do not call']);
        expect(named(element, 'otherReason').required).toBeTruthy();
        await expect(element).toBeAccessible();
        fill(element, 'tier', 'Do not call');
        fill(element, 'otherReason', ' Retires this year ');
        await click(element, 'send');
        const [{ fields }] = createRecord.mock.calls[0];
        expect(fields).toEqual({
            Lead__c: ID,
            Override_Tier__c: 'Do not call',
            Override_Reason__c: 'Retires this year',
            Score_Key__c: KEY,
            Score_Model_Version__c: 'sample-model'
        });
        expect(words(element, '[role="status"]')).toBe('Thank you, noted: you would use “Do not call”. The score stays as it is.');
    });

    it('takes blanks for no reason', async () => {
        const element = await asked();
        await click(element, 'override');
        fill(element, 'tier', 'C');
        fill(element, 'otherReason', '   ');
        await click(element, 'send');
        expect(createRecord).not.toHaveBeenCalled();
        expect(words(element, '[role="alert"]')).toBe('Please say why you would use another tier.');
    });

    it('begins anew after a cancel', async () => {
        const element = await asked();
        await click(element, 'override');
        fill(element, 'otherReason', 'Never mind');
        await click(element, 'cancel');
        expect(words(element, 'h3')).toBe('Was this helpful?');
        await click(element, 'override');
        expect(named(element, 'otherReason').value).toBe('');
        expect(createRecord).not.toHaveBeenCalled();
    });

    it('moves the focus into a form that opens, once', async () => {
        const element = await asked();
        const focus = jest.spyOn(HTMLElement.prototype, 'focus');
        await click(element, 'override');
        expect(focus.mock.instances).toEqual([named(element, 'tier')]);
        fill(element, 'tier', 'B');
        await settled();
        expect(focus).toHaveBeenCalledTimes(1);
        focus.mockRestore();
    });

    it('keeps what was typed where saving fails, and says why', async () => {
        createRecord.mockRejectedValue({ body: { message: 'Insufficient access.' } });
        const element = await asked();
        await click(element, 'override');
        fill(element, 'tier', 'B');
        fill(element, 'otherReason', 'Moved last week');
        await click(element, 'send');
        expect(words(element, '[role="alert"]')).toBe('Your answer was not saved. Insufficient access.');
        expect(words(element, '[role="status"]')).toBe('');
        expect(named(element, 'otherReason').value).toBe('Moved last week');
        await expect(element).toBeAccessible();
        // Once it works again, the same form goes through.
        createRecord.mockResolvedValue({});
        fill(element, 'tier', 'B');
        fill(element, 'otherReason', 'Moved last week');
        await click(element, 'send');
        expect(find(element, '[role="alert"]')).toBeNull();
        expect(createRecord).toHaveBeenCalledTimes(2);
    });

    it('says so where Salesforce gives no reason', async () => {
        createRecord.mockRejectedValue({});
        const element = await asked();
        await click(element, 'yes');
        expect(words(element, '[role="alert"]')).toBe('Your answer was not saved. Salesforce gave no reason.');
    });

    it('saves once however often it is clicked', async () => {
        let finish;
        createRecord.mockReturnValue(new Promise((resolve) => (finish = resolve)));
        const element = await asked();
        named(element, 'yes').click();
        named(element, 'yes').click();
        await settled();
        expect(createRecord).toHaveBeenCalledTimes(1);
        expect(named(element, 'yes').disabled).toBe(true);
        finish({});
        await settled();
        expect(named(element, 'yes').disabled).toBe(false);
    });

    it.each([
        ['saved', (call) => call.resolve({})],
        ['refused', (call) => call.reject({ body: { message: 'No.' } })]
    ])('says nothing on another lead of what was %s for the first', async (_, end) => {
        const call = {};
        createRecord.mockReturnValue(
            new Promise((resolve, reject) => {
                Object.assign(call, { resolve, reject });
            })
        );
        const element = await asked();
        await click(element, 'yes');
        element.recordId = '00Q000000000002AAA';
        end(call);
        await settled();
        expect(words(element, '[role="status"]')).toBe('');
        expect(find(element, '[role="alert"]')).toBeNull();
    });

    it('forgets a form that was open on another lead', async () => {
        const element = await asked();
        await click(element, 'no');
        element.recordId = '00Q000000000002AAA';
        await settled();
        expect(words(element, 'h3')).toBe('Was this helpful?');
    });
});
