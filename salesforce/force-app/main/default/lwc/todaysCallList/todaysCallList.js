import { LightningElement, wire } from 'lwc';
import { NavigationMixin } from 'lightning/navigation';
import getCallList from '@salesforce/apex/LeadScoreListController.getCallList';
import { dayWords, errorWords, isNoAccess, reason, statusNotice, text, tierWords, trendWords } from 'c/leadScoreFormat';

const TIERS = ['A', 'B', 'C'];

/** The leads that the reader calls today, best first. */
export default class TodaysCallList extends NavigationMixin(LightningElement) {
    list;
    error;

    @wire(getCallList)
    receive({ data, error }) {
        this.list = data;
        this.error = error;
    }

    // What there is to show: exactly one of these is true.

    get isLoading() {
        return !this.list && !this.error;
    }

    get isHidden() {
        return Boolean(this.error) && isNoAccess(this.error);
    }

    get isFailed() {
        return Boolean(this.error) && !this.isHidden;
    }

    get isEmpty() {
        return this.list?.rows.length === 0;
    }

    get hasRows() {
        return this.list?.rows.length > 0;
    }

    get errorText() {
        return errorWords(this.error) ?? 'Salesforce gave no reason.';
    }

    get asOf() {
        const day = dayWords(this.list?.asOf);
        return day ? `Scores as of ${day}` : null;
    }

    get counts() {
        return TIERS.map((tier) => {
            const { tone } = tierWords(tier);
            return { tier, leads: this.list?.counts?.[tier] ?? 0, badge: `badge badge_${tone}` };
        });
    }

    get rows() {
        return this.list.rows.map((row, at) => {
            const why = reason(row.reason);
            const trend = trendWords(row.trend);
            const { tone, title } = tierWords(row.tier);
            return {
                id: row.id,
                url: `/lightning/r/Lead/${row.id}/view`,
                // The place in the reader's own list: the rank counts everybody's leads.
                place: at + 1,
                name: text(row.name) ?? 'No name',
                company: text(row.company),
                phone: text(row.phone),
                tier: row.tier,
                tierTitle: title,
                badge: `badge badge_${tone}`,
                icon: why?.icon ?? 'utility:info',
                reason: why?.text ?? 'No reason stands out.',
                trend: trend && { ...trend, tag: `trend trend_${trend.tone}` },
                notice: statusNotice(row.status)?.title
            };
        });
    }

    get more() {
        const shown = this.list.rows.length;
        const all = this.counts.reduce((sum, { leads }) => sum + leads, 0);
        return all > shown ? `The first ${shown} of your ${all.toLocaleString('en-US')} leads to call.` : null;
    }

    handleOpen(event) {
        // With a key held down, the browser opens a tab or window of its own.
        if (event.ctrlKey || event.metaKey || event.shiftKey) {
            return;
        }
        event.preventDefault();
        this[NavigationMixin.Navigate]({
            type: 'standard__recordPage',
            attributes: { recordId: event.currentTarget.dataset.id, objectApiName: 'Lead', actionName: 'view' }
        });
    }
}
