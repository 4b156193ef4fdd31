import { LightningElement, api } from 'lwc';

export default class Spinner extends LightningElement {
    @api alternativeText;
    @api size;

    get look() {
        return `slds-spinner slds-spinner_${this.size}`;
    }
}
