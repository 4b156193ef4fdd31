import { LightningElement, api } from 'lwc';
import { createRecord } from 'lightning/uiRecordApi';
import FEEDBACK from '@salesforce/schema/Lead_Score_Feedback__c';
import LEAD from '@salesforce/schema/Lead_Score_Feedback__c.Lead__c';
import HELPFUL from '@salesforce/schema/Lead_Score_Feedback__c.Helpful__c';
import REASON from '@salesforce/schema/Lead_Score_Feedback__c.Reason__c';
import COMMENT from '@salesforce/schema/Lead_Score_Feedback__c.Comment__c';
import OVERRIDE_TIER from '@salesforce/schema/Lead_Score_Feedback__c.Override_Tier__c';
import OVERRIDE_REASON from '@salesforce/schema/Lead_Score_Feedback__c.Override_Reason__c';
import SCORE_KEY from '@salesforce/schema/Lead_Score_Feedback__c.Score_Key__c';
import MODEL_VERSION from '@salesforce/schema/Lead_Score_Feedback__c.Score_Model_Version__c';
import { errorWords, text, tierWords, TIER_CHOICES } from 'c/leadScoreFormat';
import { REASONS } from './reasons';

/** What stands open: the question, the form behind "No", that of another tier, or thanks. */
const [ASKED, UNHELPFUL, OVERRIDE] = ['asked', 'unhelpful', 'override'];

/** Asks whether a score helped, and takes another opinion. It logs; it never changes a score. */
export default class LeadScoreFeedback extends LightningElement {
    /** The lead's tier as shown. */
    @api tier;
    /** The score's key: the entry is about this very score. */
    @api scoreKey;
    /** The model that made the score. */
    @api modelVersion;

    open = ASKED;
    isSaving = false;
    saved = null;
    failed = null;
    reason = null;
    comment = '';
    otherTier = null;
    otherReason = '';

    lead;
    shouldFocus = false;

    /** The lead; another one begins anew. */
    @api
    get recordId() {
        return this.lead;
    }
    set recordId(value) {
        if (value !== this.lead) {
            this.lead = value;
            this.saved = null;
            this.reset();
        }
    }

    get isAsked() {
        return this.open === ASKED;
    }

    get isUnhelpful() {
        return this.open === UNHELPFUL;
    }

    get isOverride() {
        return this.open === OVERRIDE;
    }

    get question() {
        const questions = { [ASKED]: 'Was this helpful?', [UNHELPFUL]: 'What was wrong?', [OVERRIDE]: 'How would you call it?' };
        return questions[this.open];
    }

    get reasonChoices() {
        return REASONS.map((value) => ({ label: value, value }));
    }

    /** Every tier but the one it has. */
    get tierChoices() {
        return TIER_CHOICES.filter(({ value }) => value !== this.tier);
    }

    get overrideHint() {
        return `It stands in “${tierWords(this.tier).title}” now. Your opinion is logged for the team that keeps the scores; the score itself stays as it is.`;
    }

    // Who opens a form goes on typing in it.
    renderedCallback() {
        if (this.shouldFocus) {
            this.shouldFocus = false;
            this.template.querySelector('[data-first]')?.focus();
        }
    }

    handleHelpful() {
        this.save({ [HELPFUL.fieldApiName]: 'Yes' }, 'Thank you, noted: this helped.');
    }

    handleUnhelpful() {
        this.show(UNHELPFUL);
    }

    handleOverride() {
        this.show(OVERRIDE);
    }

    handleCancel() {
        this.reset();
    }

    handleReason(event) {
        this.reason = event.detail.value;
    }

    handleComment(event) {
        this.comment = event.detail.value;
    }

    handleTier(event) {
        this.otherTier = event.detail.value;
    }

    handleOtherReason(event) {
        this.otherReason = event.detail.value;
    }

    handleSendUnhelpful() {
        if (this.isComplete()) {
            const fields = { [HELPFUL.fieldApiName]: 'No', [REASON.fieldApiName]: this.reason };
            if (text(this.comment)) {
                fields[COMMENT.fieldApiName] = text(this.comment);
            }
            this.save(fields, 'Thank you, noted: this did not help.');
        }
    }

    handleSendOverride() {
        // Blanks alone would pass the form's own check.
        this.otherReason = text(this.otherReason) ?? '';
        if (this.isComplete() && this.otherTier && this.otherReason) {
            const fields = { [OVERRIDE_TIER.fieldApiName]: this.otherTier, [OVERRIDE_REASON.fieldApiName]: this.otherReason };
            this.save(fields, `Thank you, noted: you would use “${tierWords(this.otherTier).title}”. The score stays as it is.`);
        } else if (this.otherTier && !this.otherReason) {
            this.failed = 'Please say why you would use another tier.';
        }
    }

    /** Whether every input holds what it must; those that don't say so themselves. */
    isComplete() {
        const inputs = [...this.template.querySelectorAll('[data-input]')];
        return inputs.reduce((complete, input) => input.reportValidity() !== false && complete, true);
    }

    show(form) {
        this.open = form;
        this.saved = null;
        this.failed = null;
        this.shouldFocus = true;
    }

    reset() {
        this.open = ASKED;
        this.failed = null;
        this.reason = null;
        this.comment = '';
        this.otherTier = null;
        this.otherReason = '';
    }

    async save(fields, thanks) {
        if (this.isSaving) {
            return;
        }
        const lead = this.lead;
        this.isSaving = true;
        this.saved = null;
        this.failed = null;
        try {
            await createRecord({
                apiName: FEEDBACK.objectApiName,
                fields: {
                    [LEAD.fieldApiName]: lead,
                    [SCORE_KEY.fieldApiName]: text(this.scoreKey),
                    [MODEL_VERSION.fieldApiName]: text(this.modelVersion),
                    ...fields
                }
            });
            // Meanwhile the card may show another lead.
            if (lead === this.lead) {
                this.reset();
                this.saved = thanks;
            }
        } catch (error) {
            if (lead === this.lead) {
                const why = errorWords(error) ?? 'Salesforce gave no reason.';
                this.failed = `Your answer was not saved. ${why}`;
            }
        } finally {
            this.isSaving = false;
        }
    }
}
