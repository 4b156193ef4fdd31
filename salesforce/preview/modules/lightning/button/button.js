import { LightningElement, api } from 'lwc';

const LOOKS = { base: 'slds-button', brand: 'slds-button slds-button_brand', neutral: 'slds-button slds-button_neutral' };

export default class Button extends LightningElement {
    @api label;
    @api iconName;
    @api variant = 'neutral';
    @api disabled = false;

    get look() {
        return LOOKS[this.variant];
    }
}
