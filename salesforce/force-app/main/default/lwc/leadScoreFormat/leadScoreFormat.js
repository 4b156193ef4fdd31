/*
 * Scores and facts in words that a salesperson reads in ten seconds. Nothing here knows of
 * Salesforce: plain values come in, plain texts go out, and what is not known is named so.
 */

/** What stands where a value is not known. */
export const NOT_KNOWN = 'Not known';

/** Two rates that differ by less than this share of the second are called the same. */
const SAME = 0.1;
const DAY = 24 * 60 * 60 * 1000;

// The sentences are English, so the numbers in them are, too.
const COUNT = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });
const ONE_DIGIT = new Intl.NumberFormat('en-US', { maximumFractionDigits: 1 });
const MONTH = new Intl.DateTimeFormat('en-US', { month: 'long', year: 'numeric', timeZone: 'UTC' });
const LONG_DAY = new Intl.DateTimeFormat('en-US', { day: 'numeric', month: 'long', year: 'numeric', timeZone: 'UTC' });

/** @param {*} value @returns {number|null} the finite number it is, or none */
function number(value) {
    return typeof value === 'number' && Number.isFinite(value) ? value : null;
}

/** @param {*} value @returns {string|null} the trimmed text, or none where there is nothing in it */
export function text(value) {
    const trimmed = typeof value === 'string' ? value.trim() : '';
    return trimmed || null;
}

/** @param {string} words @returns {string} the same with a large first letter */
export function capitalised(words) {
    return words.charAt(0).toUpperCase() + words.slice(1);
}

/**
 * A chance as a count of people: "about 1 in 18". Small chances are rounded to two digits, since
 * no more of them is known.
 * @param {number|null} chance 0 to 1
 * @returns {string|null} none where the chance is not known
 */
export function chanceWords(chance) {
    const share = number(chance);
    if (share === null || share < 0 || share > 1) {
        return null;
    }
    if (share < 0.001) {
        return 'fewer than 1 in 1,000';
    }
    if (share >= 0.95) {
        return 'more than 9 in 10';
    }
    if (share >= 0.35) {
        return `about ${Math.min(9, Math.round(share * 10))} in 10`;
    }
    const one = Math.round(1 / share);
    return `about 1 in ${COUNT.format(one < 100 ? one : Math.round(one / 10) * 10)}`;
}

/**
 * A chance as the two halves of a sentence, the first to be read from afar.
 * @param {number|null} chance 0 to 1
 * @returns {{start: string, rest: string}|null}
 */
export function chanceSentence(chance) {
    const words = chanceWords(chance);
    if (words === null) {
        return null;
    }
    const verb = words.startsWith('about 1 in ') ? 'schedules' : 'schedule';
    return { start: capitalised(words), rest: `leads like this one ${verb} a call within 30 days.` };
}

/** @param {number|null} chance @returns {string|null} "5.6 %" */
export function percentWords(chance) {
    const share = number(chance);
    return share === null ? null : `${(share * 100).toFixed(1)} %`;
}

/**
 * How a chance stands beside that of comparable leads.
 * @returns {{tone: string, words: string}|null} tone is `above`, `same` or `below`
 */
export function compared(chance, peers) {
    const [own, other] = [number(chance), number(peers)];
    if (own === null || other === null || other <= 0) {
        return null;
    }
    const ratio = own / other;
    if (Math.abs(ratio - 1) < SAME) {
        return { tone: 'same', words: 'About as likely as comparable leads.' };
    }
    if (ratio < 1) {
        const words = ratio < 0.5 ? 'Less than half as likely as comparable leads.' : 'Less likely than comparable leads.';
        return { tone: 'below', words };
    }
    const times = ratio < 9.95 ? ratio.toFixed(1) : COUNT.format(ratio);
    return { tone: 'above', words: `${times} times as likely as comparable leads.` };
}

/**
 * Lengths of two bars on one scale, in percent of the room there is.
 * @returns {{own: number, peers: number}|null} none where either rate is not known
 */
export function bars(chance, peers) {
    const [own, other] = [number(chance), number(peers)];
    const longest = Math.max(own ?? 0, other ?? 0);
    if (own === null || other === null || longest <= 0) {
        return null;
    }
    // A bar that can't be seen says nothing.
    const length = (rate) => Math.max(1, Math.round((rate / longest) * 100));
    return { own: length(own), peers: length(other) };
}

/** @param {number|null} percentile 0 to 100, 100 the best @returns {string|null} */
export function percentileWords(percentile) {
    const place = number(percentile);
    if (place === null) {
        return null;
    }
    const below = Math.round(place);
    if (below >= 100) {
        return 'better than nearly all leads';
    }
    return below < 1 ? 'nearly all leads score higher' : `better than ${below} of 100 leads`;
}

/** @param {number|null} rank @returns {string|null} "number 1,204 in the call order" */
export function rankWords(rank) {
    const place = number(rank);
    return place === null ? null : `number ${COUNT.format(place)} in the call order`;
}

const TIERS = {
    A: { letter: 'A', title: 'Tier A: call first', words: 'Call this lead today.', tone: 'a' },
    B: { letter: 'B', title: 'Tier B: call next', words: 'Call it once tier A is done.', tone: 'b' },
    C: { letter: 'C', title: 'Tier C: when there is time', words: 'Call it when tiers A and B are done.', tone: 'c' },
    'Do not call': { letter: '–', title: 'Do not call', words: 'Leave this lead out.', tone: 'stop' }
};

/**
 * @param {string|null} tier as stored
 * @returns {{letter: string, title: string, words: string, tone: string}}
 */
export function tierWords(tier) {
    return TIERS[text(tier)] ?? { letter: '?', title: 'No tier', words: 'This lead is not on the call list.', tone: 'none' };
}

/** The tiers that somebody may choose from. */
export const TIER_CHOICES = Object.keys(TIERS).map((value) => ({ value, label: TIERS[value].title }));

const KINDS = new Map([
    ['growth', { kind: 'growth', label: 'Growth', icon: 'utility:trending' }],
    ['size', { kind: 'size', label: 'Size', icon: 'utility:company' }],
    ['timing', { kind: 'timing', label: 'Timing', icon: 'utility:clock' }],
    ['fit', { kind: 'fit', label: 'Fit', icon: 'utility:user' }]
]);
const OTHER_KIND = { kind: 'other', label: 'Reason', icon: 'utility:info' };

/**
 * A stored reason, "Timing: 3.2 years at the firm", taken apart. A sentence without one of the
 * four kinds before its first colon stays whole.
 * @param {string|null} stored
 * @returns {{kind: string, label: string, icon: string, text: string}|null} none where it is empty
 */
export function reason(stored) {
    const whole = text(stored);
    if (whole === null) {
        return null;
    }
    const colon = whole.indexOf(':');
    const kind = colon > 0 ? KINDS.get(whole.slice(0, colon).trim().toLowerCase()) : undefined;
    const rest = kind ? whole.slice(colon + 1).trim() : whole;
    if (!rest) {
        return null;
    }
    return { ...(kind ?? OTHER_KIND), text: capitalised(rest) };
}

/** @param {Array<string|null>} stored @returns {Array<object>} those that say something, in order */
export function reasons(stored) {
    return stored
        .map(reason)
        .filter((one) => one !== null)
        .map((one, place) => ({ ...one, key: `reason-${place + 1}` }));
}

const TRENDS = {
    Up: { word: 'Up', words: 'Up since last time', icon: 'utility:arrowup', tone: 'up' },
    Steady: { word: 'Steady', words: 'Steady since last time', icon: 'utility:right', tone: 'steady' },
    Down: { word: 'Down', words: 'Down since last time', icon: 'utility:arrowdown', tone: 'down' },
    New: { word: 'New', words: 'Scored for the first time', icon: 'utility:new', tone: 'new' }
};

/** @param {string|null} trend @returns {{word: string, words: string, icon: string, tone: string}|null} */
export function trendWords(trend) {
    return TRENDS[text(trend)] ?? null;
}

/** @param {string|null} day "2025-09-01" @returns {Date|null} midnight UTC of that day */
function date(day) {
    const parts = /^(\d{4})-(\d{2})-(\d{2})/.exec(text(day) ?? '');
    if (!parts) {
        return null;
    }
    const [year, month, dayOfMonth] = parts.slice(1).map(Number);
    const made = new Date(Date.UTC(year, month - 1, dayOfMonth));
    return made.getUTCMonth() === month - 1 && made.getUTCDate() === dayOfMonth ? made : null;
}

/** @param {string|null} day @returns {string|null} "November 2, 2025" */
export function dayWords(day) {
    const made = date(day);
    return made ? LONG_DAY.format(made) : null;
}

/**
 * How old the vendor's facts were when the score was made. The analysis day counts, not today:
 * the score knows nothing of the days since.
 * @param {string|null} dataDay first day of the vendor's month
 * @param {string|null} asOf day that the score knows up to
 * @returns {string}
 */
export function dataAge(dataDay, asOf) {
    const [from, to] = [date(dataDay), date(asOf)];
    if (!from) {
        return 'No vendor data behind this score.';
    }
    const month = `Vendor data of ${MONTH.format(from)}`;
    if (!to || to < from) {
        return `${month}.`;
    }
    const days = Math.round((to - from) / DAY);
    return `${month}, ${COUNT.format(days)} ${days === 1 ? 'day' : 'days'} old at scoring.`;
}

/**
 * What to say of a score that is less than fresh; none where it is fresh.
 * @param {string|null} status as stored
 * @returns {{title: string, text: string}|null}
 */
export function statusNotice(status) {
    switch (text(status)) {
        case 'stale':
            return {
                title: 'Older data',
                text: 'The facts behind this score are older than usual. Check them before you rely on them.'
            };
        case 'fallback':
            return {
                title: 'Little is known',
                text: 'No vendor record was found for this lead, so the score is an estimate from leads in general.'
            };
        default:
            return null;
    }
}

/** @param {string|null} status @returns {string} for a list of details */
export function statusWords(status) {
    const words = {
        fresh: 'Fresh: recent vendor data',
        stale: 'Stale: older vendor data',
        fallback: 'Fallback: no vendor record found'
    };
    return words[text(status)] ?? NOT_KNOWN;
}

/** @returns {string} "4,120" or not known */
export function count(value) {
    const known = number(value);
    return known === null ? NOT_KNOWN : COUNT.format(known);
}

/** @returns {string} "3.2 years" or not known */
export function years(value) {
    const known = number(value);
    if (known === null) {
        return NOT_KNOWN;
    }
    const shown = ONE_DIGIT.format(known);
    return `${shown} ${shown === '1' ? 'year' : 'years'}`;
}

/** @param {number|null} value millions of dollars @returns {string} "$1.3 billion" or not known */
export function money(value) {
    const known = number(value);
    if (known === null) {
        return NOT_KNOWN;
    }
    const [sign, size] = [known < 0 ? '−' : '', Math.abs(known)];
    // 999.96 million would read "1,000 million".
    if (size >= 999.95) {
        return `${sign}$${ONE_DIGIT.format(size / 1000)} billion`;
    }
    return `${sign}$${ONE_DIGIT.format(size)} million`;
}

/** @param {number|null} value in percent @returns {string} "+12.5 %", "−3 %" or not known */
export function growth(value) {
    const known = number(value);
    if (known === null) {
        return NOT_KNOWN;
    }
    const shown = ONE_DIGIT.format(Math.abs(known));
    if (shown === '0') {
        return '0 %';
    }
    return `${known < 0 ? '−' : '+'}${shown} %`;
}

/**
 * What went wrong, out of the shapes that Salesforce's errors have.
 * @param {*} error
 * @returns {string|null} none where it says nothing
 */
export function errorWords(error) {
    const body = error?.body;
    if (Array.isArray(body)) {
        return text(body.map((one) => one?.message).filter(Boolean).join(' '));
    }
    const output = body?.output;
    if (output) {
        const ofFields = Object.values(output.fieldErrors ?? {}).flat();
        const messages = [...(output.errors ?? []), ...ofFields].map((one) => one?.message).filter(Boolean);
        if (messages.length > 0) {
            return messages.join(' ');
        }
    }
    return text(body?.message) ?? text(error?.message);
}

/** @param {*} error @returns {boolean} whether the record is not there for this user */
export function isNoAccess(error) {
    return [401, 403, 404].includes(error?.status);
}
