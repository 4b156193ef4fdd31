import {
    bars,
    chanceSentence,
    chanceWords,
    compared,
    count,
    dataAge,
    dayWords,
    errorWords,
    growth,
    isNoAccess,
    money,
    NOT_KNOWN,
    percentileWords,
    percentWords,
    rankWords,
    reason,
    reasons,
    statusNotice,
    statusWords,
    text,
    TIER_CHOICES,
    tierWords,
    trendWords,
    years
} from 'c/leadScoreFormat';

describe('a chance in words', () => {
    it.each([
        [0.0562, 'about 1 in 18'],
        [0.04, 'about 1 in 25'],
        [0.0101, 'about 1 in 99'],
        // Beyond 100, no more than two digits are known.
        [0.0073, 'about 1 in 140'],
        [0.001, 'about 1 in 1,000'],
        [0.0009, 'fewer than 1 in 1,000'],
        [0, 'fewer than 1 in 1,000'],
        [0.34, 'about 1 in 3'],
        [0.35, 'about 4 in 10'],
        [0.5, 'about 5 in 10'],
        [0.94, 'about 9 in 10'],
        [0.949, 'about 9 in 10'],
        [0.95, 'more than 9 in 10'],
        [1, 'more than 9 in 10']
    ])('%d is %s', (chance, words) => {
        expect(chanceWords(chance)).toBe(words);
    });

    it.each([null, undefined, NaN, Infinity, -0.1, 1.1, '0.05'])('%p is not known', (chance) => {
        expect(chanceWords(chance)).toBeNull();
        expect(chanceSentence(chance)).toBeNull();
    });

    it('has a verb that agrees', () => {
        expect(chanceSentence(0.05)).toEqual({ start: 'About 1 in 20', rest: 'leads like this one schedules a call within 30 days.' });
        expect(chanceSentence(0.5).rest).toContain(' schedule ');
        expect(chanceSentence(0).rest).toContain(' schedule ');
    });

    it('is a percentage beside a bar', () => {
        expect(percentWords(0.0562)).toBe('5.6 %');
        expect(percentWords(0)).toBe('0.0 %');
        expect(percentWords(null)).toBeNull();
    });
});

describe('a chance beside that of comparable leads', () => {
    it.each([
        [0.056, 0.04, 'above', '1.4 times as likely as comparable leads.'],
        [0.4, 0.02, 'above', '20 times as likely as comparable leads.'],
        [0.0398, 0.004, 'above', '10 times as likely as comparable leads.'],
        [0.041, 0.04, 'same', 'About as likely as comparable leads.'],
        [0.037, 0.04, 'same', 'About as likely as comparable leads.'],
        [0.03, 0.04, 'below', 'Less likely than comparable leads.'],
        [0.02, 0.04, 'below', 'Less likely than comparable leads.'],
        [0.019, 0.04, 'below', 'Less than half as likely as comparable leads.']
    ])('%d to %d is %s', (own, peers, tone, words) => {
        expect(compared(own, peers)).toEqual({ tone, words });
    });

    it.each([
        [null, 0.04],
        [0.04, null],
        [0.04, 0]
    ])('%p to %p is not said', (own, peers) => {
        expect(compared(own, peers)).toBeNull();
    });

    it('has two bars on one scale', () => {
        expect(bars(0.05, 0.04)).toEqual({ own: 100, peers: 80 });
        expect(bars(0.02, 0.04)).toEqual({ own: 50, peers: 100 });
        expect(bars(0.0001, 0.04)).toEqual({ own: 1, peers: 100 });
        expect(bars(0, 0)).toBeNull();
        expect(bars(null, 0.04)).toBeNull();
        expect(bars(0.04, undefined)).toBeNull();
    });
});

describe('a place in words', () => {
    it.each([
        [93, 'better than 93 of 100 leads'],
        [92.6, 'better than 93 of 100 leads'],
        [1, 'better than 1 of 100 leads'],
        [0, 'nearly all leads score higher'],
        [100, 'better than nearly all leads'],
        [99.95, 'better than nearly all leads'],
        [null, null]
    ])('percentile %p', (percentile, words) => {
        expect(percentileWords(percentile)).toBe(words);
    });

    it('names the rank', () => {
        expect(rankWords(1204)).toBe('number 1,204 in the call order');
        expect(rankWords(null)).toBeNull();
    });
});

describe('tiers, trends and states', () => {
    it('says what to do in each tier', () => {
        expect(tierWords('A').title).toBe('Tier A: call first');
        expect(tierWords('B').title).toBe('Tier B: call next');
        expect(tierWords('C').title).toBe('Tier C: when there is time');
        expect(tierWords('Do not call').title).toBe('Do not call');
        expect(tierWords(null).title).toBe('No tier');
        expect(tierWords('Z').tone).toBe('none');
        expect(TIER_CHOICES.map(({ value }) => value)).toEqual(['A', 'B', 'C', 'Do not call']);
    });

    it('tells trends by word and icon, not by colour alone', () => {
        const trends = ['Up', 'Steady', 'Down', 'New'].map(trendWords);
        expect(new Set(trends.map(({ icon }) => icon)).size).toBe(4);
        expect(trends.map(({ word }) => word)).toEqual(['Up', 'Steady', 'Down', 'New']);
        expect(trendWords(null)).toBeNull();
        expect(trendWords('Sideways')).toBeNull();
    });

    it('gives a notice for whatever is less than fresh', () => {
        expect(statusNotice('fresh')).toBeNull();
        expect(statusNotice(null)).toBeNull();
        expect(statusNotice('stale').title).toBe('Older data');
        expect(statusNotice('fallback').title).toBe('Little is known');
        expect(statusWords('fresh')).toMatch(/^Fresh/);
        expect(statusWords(null)).toBe(NOT_KNOWN);
    });
});

describe('a reason', () => {
    it.each([
        ['Growth: grew by 12 %', 'growth', 'Growth', 'Grew by 12 %'],
        ['Size: 14 employees', 'size', 'Size', '14 employees'],
        ['Timing: 3.2 years at the firm', 'timing', 'Timing', '3.2 years at the firm'],
        ['Fit: serves individuals', 'fit', 'Fit', 'Serves individuals'],
        ['  fit :serves: individuals ', 'fit', 'Fit', 'Serves: individuals'],
        // No kind: the sentence stays whole, colon and all.
        ['Ratio 3:1 of clients', 'other', 'Reason', 'Ratio 3:1 of clients'],
        ['constructor: 3', 'other', 'Reason', 'Constructor: 3'],
        [': no kind', 'other', 'Reason', ': no kind']
    ])('%s', (stored, kind, label, words) => {
        expect(reason(stored)).toMatchObject({ kind, label, text: words });
    });

    it('has an icon of its own for each kind', () => {
        const icons = ['Growth: a', 'Size: a', 'Timing: a', 'Fit: a', 'a'].map((stored) => reason(stored).icon);
        expect(new Set(icons).size).toBe(5);
    });

    it('that says nothing is none', () => {
        expect([null, undefined, '', '  ', 'Growth:', 7].map(reason)).toEqual(Array(6).fill(null));
    });

    it('keeps its place among others, with a key of its own', () => {
        const told = reasons(['Fit: a', null, 'Fit: a', '', 'b']);
        expect(told.map(({ text: words }) => words)).toEqual(['A', 'A', 'B']);
        expect(new Set(told.map(({ key }) => key)).size).toBe(3);
    });
});

describe('days', () => {
    it('are those of the calendar, wherever the reader is', () => {
        expect(dayWords('2025-11-02')).toBe('November 2, 2025');
        expect(dayWords('2025-01-01')).toBe('January 1, 2025');
    });

    it.each([null, '', 'soon', '2025-02-30', '2025-13-01'])('%p is no day', (day) => {
        expect(dayWords(day)).toBeNull();
    });

    it.each([
        ['2025-09-01', '2025-11-02', 'Vendor data of September 2025, 62 days old at scoring.'],
        // The hour that a change to or from summer time takes away makes no day.
        ['2025-03-01', '2025-03-31', 'Vendor data of March 2025, 30 days old at scoring.'],
        ['2025-11-01', '2025-11-02', 'Vendor data of November 2025, 1 day old at scoring.'],
        ['2025-11-01', '2025-11-01', 'Vendor data of November 2025, 0 days old at scoring.'],
        ['2020-01-01', '2025-11-02', 'Vendor data of January 2020, 2,132 days old at scoring.'],
        ['2025-09-01', null, 'Vendor data of September 2025.'],
        ['2025-12-01', '2025-11-02', 'Vendor data of December 2025.'],
        [null, '2025-11-02', 'No vendor data behind this score.']
    ])('data of %p at %p', (from, to, words) => {
        expect(dataAge(from, to)).toBe(words);
    });
});

describe('facts', () => {
    it('names what is not known instead of writing a nought', () => {
        for (const words of [count, years, money, growth]) {
            expect(words(null)).toBe(NOT_KNOWN);
            expect(words(undefined)).toBe(NOT_KNOWN);
            expect(words(0)).not.toBe(NOT_KNOWN);
        }
    });

    it('has units', () => {
        expect(count(81000)).toBe('81,000');
        expect(years(1)).toBe('1 year');
        expect(years(1.04)).toBe('1 year');
        expect(years(0)).toBe('0 years');
        expect(years(12.5)).toBe('12.5 years');
        expect(money(87.4)).toBe('$87.4 million');
        expect(money(999.94)).toBe('$999.9 million');
        expect(money(999.96)).toBe('$1 billion');
        expect(money(1340.5)).toBe('$1.3 billion');
        expect(money(-3)).toBe('−$3 million');
        expect(growth(18)).toBe('+18 %');
        expect(growth(26799.4)).toBe('+26,799.4 %');
        expect(growth(-2.44)).toBe('−2.4 %');
        expect(growth(-0.01)).toBe('0 %');
        expect(growth(0)).toBe('0 %');
    });

    it('takes blanks for nothing', () => {
        expect(text('  a ')).toBe('a');
        expect(text('   ')).toBeNull();
        expect(text(3)).toBeNull();
    });
});

describe('errors', () => {
    it.each([
        [{ body: [{ message: 'One.' }, {}, { message: 'Two.' }] }, 'One. Two.'],
        [
            {
                body: {
                    message: 'An error occurred while trying to update the record.',
                    output: { errors: [{ message: 'A.' }], fieldErrors: { Override_Reason__c: [{ message: 'B.' }] } }
                }
            },
            'A. B.'
        ],
        [{ body: { message: 'Refused.', output: { errors: [], fieldErrors: {} } } }, 'Refused.'],
        [{ message: 'Offline.' }, 'Offline.'],
        [{ body: [] }, null],
        [{}, null],
        [undefined, null]
    ])('%j', (error, words) => {
        expect(errorWords(error)).toBe(words);
    });

    it('knows when a record is not there for the reader', () => {
        expect([401, 403, 404, 500, undefined].map((status) => isNoAccess({ status }))).toEqual([true, true, true, false, false]);
        expect(isNoAccess(undefined)).toBe(false);
    });
});
