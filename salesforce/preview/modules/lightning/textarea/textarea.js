import { LightningElement, api } from 'lwc';

export default class Textarea extends LightningElement {
    @api label;
    @api name;
    @api value;
    @api placeholder;
    @api maxLength;
    @api messageWhenValueMissing = 'Complete this field.';
    @api required = false;
    @api disabled = false;
    message = null;

    get group() {
        return `slds-form-element${this.message ? ' slds-has-error' : ''}`;
    }

    renderedCallback() {
        const area = this.template.querySelector('textarea');
        if (area.value !== this.value) {
            area.value = this.value ?? '';
        }
    }

    handleInput(event) {
        this.message = null;
        this.dispatchEvent(new CustomEvent('change', { detail: { value: event.target.value } }));
    }

    @api
    reportValidity() {
        this.message = this.required && !this.value ? this.messageWhenValueMissing : null;
        return !this.message;
    }
}
