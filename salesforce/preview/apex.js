import sample from './samples/call-list.json';

/** Stands in for the Apex method: as a wire adapter it gives the state that the page asks for. */
export class callList {
    constructor(receive) {
        this.receive = receive;
        this.state = window.callListState;
    }

    connect() {}

    disconnect() {}

    update() {
        if (this.state === 'error') {
            this.receive({ data: undefined, error: { status: 500, body: { message: 'Something went wrong on the server.' } } });
        } else {
            const data = this.state === 'empty' ? { ...sample, rows: [], counts: {}, asOf: null } : sample;
            this.receive({ data, error: undefined });
        }
    }
}
