import leads from '../../../samples/leads.json';

/** Gives the sample that is named by the record id; `loading` never comes, `error` fails. */
export class getRecord {
    constructor(receive) {
        this.receive = receive;
    }

    connect() {}

    disconnect() {}

    update({ recordId }) {
        const lead = leads[recordId];
        if (lead) {
            const fields = Object.entries(lead).map(([name, value]) => [name, { value }]);
            this.receive({ data: { fields: Object.fromEntries(fields) }, error: undefined });
        } else if (recordId === 'error') {
            this.receive({ data: undefined, error: { status: 500, body: { message: 'Something went wrong on the server.' } } });
        } else if (recordId === 'hidden') {
            this.receive({ data: { fields: {} }, error: undefined });
        }
    }
}

export function getFieldValue(record, field) {
    return record?.fields[field.fieldApiName]?.value;
}

/** Takes everything and keeps nothing. */
export function createRecord() {
    return Promise.resolve({});
}
