import { LightningElement, api, wire } from 'lwc';
import { getFieldValue, getRecord } from 'lightning/uiRecordApi';
import LEAD_ID from '@salesforce/schema/Lead.Id';
import {
    bars,
    capitalised,
    chanceSentence,
    chanceWords,
    compared,
    dataAge,
    dayWords,
    errorWords,
    isNoAccess,
    NOT_KNOWN,
    percentileWords,
    percentWords,
    rankWords,
    reasons,
    statusNotice,
    statusWords,
    text,
    tierWords,
    trendWords
} from 'c/leadScoreFormat';
import { ALL_FIELDS, FACTS, SCORE_FIELDS } from './fields';

/** Why this lead: its score in words, the reasons behind it, and what the reader makes of it. */
export default class LeadScoreCard extends LightningElement {
    /** The lead; the record page sets it. */
    @api recordId;

    record;
    error;

    // Optional fields: one that the reader may not see is left out instead of failing the whole card.
    @wire(getRecord, { recordId: '$recordId', fields: [LEAD_ID], optionalFields: ALL_FIELDS })
    receive({ data, error }) {
        this.record = data;
        this.error = error;
    }

    /** Value of each field by its name in `fields.js`; undefined where the reader may not see it. */
    get values() {
        const entries = Object.entries(SCORE_FIELDS);
        return Object.fromEntries(entries.map(([name, field]) => [name, getFieldValue(this.record, field)]));
    }

    // What there is to show: exactly one of these is true.

    get isLoading() {
        return !this.record && !this.error;
    }

    get isHidden() {
        return (this.error && isNoAccess(this.error)) || (this.record && this.values.score === undefined);
    }

    get isFailed() {
        return Boolean(this.error) && !isNoAccess(this.error);
    }

    get isUnscored() {
        return Boolean(this.record) && this.values.score === null && !text(this.values.tier);
    }

    get isScored() {
        return Boolean(this.record) && !this.isHidden && !this.isUnscored;
    }

    get errorText() {
        return errorWords(this.error) ?? 'Salesforce gave no reason.';
    }

    // Tier and place

    get tier() {
        const tier = tierWords(this.values.tier);
        return { ...tier, badge: `badge badge_${tier.tone}` };
    }

    get place() {
        const known = [rankWords(this.values.rank), percentileWords(this.values.percentile)].filter(Boolean);
        const words = known.join(', ');
        return words ? `${capitalised(words)}.` : null;
    }

    get notice() {
        return statusNotice(this.values.status);
    }

    // Chance

    get chance() {
        return chanceSentence(this.values.score);
    }

    get peers() {
        const words = chanceWords(this.values.peerRate);
        return words ? `Among comparable leads it is ${words}.` : 'The rate of comparable leads is not known.';
    }

    get comparison() {
        return compared(this.values.score, this.values.peerRate)?.words;
    }

    get bars() {
        const { score, peerRate } = this.values;
        const lengths = bars(score, peerRate);
        if (!lengths) {
            return null;
        }
        const bar = (key, label, rate, length) => ({
            key,
            label,
            rate: percentWords(rate),
            style: `width: ${length}%`,
            fill: `bar__fill bar__fill_${key}`
        });
        return [
            bar('own', 'This lead', score, lengths.own),
            bar('peers', 'Comparable leads', peerRate, lengths.peers)
        ];
    }

    get trend() {
        const trend = trendWords(this.values.trend);
        return trend && { ...trend, tag: `trend trend_${trend.tone}` };
    }

    /** Why the score differs from last time; the trend in words where nothing is said. */
    get change() {
        return text(this.values.change) ?? (this.trend ? `${this.trend.words}.` : null);
    }

    // Reasons

    get reasons() {
        const { driver1, driver2, driver3, driver4, driver5 } = this.values;
        return reasons([driver1, driver2, driver3, driver4, driver5]);
    }

    get hasReasons() {
        return this.reasons.length > 0;
    }

    get noReasons() {
        return text(this.values.status) === 'fallback'
            ? 'Nothing is known that speaks for or against this lead.'
            : 'Nothing known stands out for this lead.';
    }

    get caution() {
        return text(this.values.caution);
    }

    get narrative() {
        return text(this.values.narrative);
    }

    // Behind folds

    get age() {
        return dataAge(this.values.dataDate, this.values.asOf);
    }

    get facts() {
        return FACTS.map(({ field, label, words }) => {
            const value = words(getFieldValue(this.record, field));
            return { key: field.fieldApiName, label, value, look: value === NOT_KNOWN ? 'fact__value fact__value_unknown' : 'fact__value' };
        });
    }

    get details() {
        const { status, asOf, model, key } = this.values;
        return [
            { key: 'status', label: 'State of the score', value: statusWords(status) },
            { key: 'asOf', label: 'Known up to', value: dayWords(asOf) ?? NOT_KNOWN },
            { key: 'model', label: 'Model', value: text(model) ?? NOT_KNOWN },
            { key: 'key', label: 'Score key', value: text(key) ?? NOT_KNOWN }
        ];
    }

    get scoredAt() {
        return this.values.scoredAt;
    }
}
