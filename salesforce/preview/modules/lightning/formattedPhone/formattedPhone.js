import { LightningElement, api } from 'lwc';

export default class FormattedPhone extends LightningElement {
    @api value;

    get href() {
        return `tel:${this.value}`;
    }
}
