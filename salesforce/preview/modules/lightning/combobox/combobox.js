import { LightningElement, api } from 'lwc';

export default class Combobox extends LightningElement {
    @api label;
    @api name;
    @api options;
    @api value;
    @api placeholder;
    @api required = false;
    @api disabled = false;
    message = null;

    get group() {
        return `slds-form-element${this.message ? ' slds-has-error' : ''}`;
    }

    handleChange(event) {
        this.message = null;
        this.dispatchEvent(new CustomEvent('change', { detail: { value: event.target.value } }));
    }

    @api
    reportValidity() {
        this.message = this.required && !this.value ? 'Complete this field.' : null;
        return !this.message;
    }

    @api
    focus() {
        this.template.querySelector('select').focus();
    }
}
