import { LightningElement, api } from 'lwc';

export default class FormattedDateTime extends LightningElement {
    @api value;
    @api year;
    @api month;
    @api day;
    @api hour;
    @api minute;

    get words() {
        const { year, month, day, hour, minute } = this;
        // One time zone, so that pictures of the page stay the same everywhere.
        const format = new Intl.DateTimeFormat('en-US', { year, month, day, hour, minute, timeZone: 'UTC' });
        return format.format(new Date(this.value));
    }
}
