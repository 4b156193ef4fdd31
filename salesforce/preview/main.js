import '@lwc/synthetic-shadow';
import { createElement } from 'lwc';
import Card from 'c/leadScoreCard';
import List from 'c/todaysCallList';

/* What to show stands behind the address's #, as component/state/extras:
 * `#card/fresh`, `#card/stale/open` (folds opened), `#card/fresh/no`, `#card/fresh/override`
 * (forms opened), `#list/full`. Without it, everything is shown. */

const STATES = ['fresh', 'stale', 'fallback', 'missing', 'long', 'stop', 'unscored', 'hidden', 'error', 'loading'];
const VIEWS = [...STATES.map((state) => `card/${state}`), 'list/full', 'list/empty', 'list/error'];

/** The element of a view. */
function made(view) {
    const [component, state] = view.split('/');
    if (component === 'card') {
        const card = createElement('c-lead-score-card', { is: Card });
        card.recordId = state;
        return card;
    }
    window.callListState = state;
    return createElement('c-todays-call-list', { is: List });
}

/** Opens what a reader would click open. */
function opened(element, extra) {
    if (extra === 'open') {
        element.shadowRoot.querySelectorAll('details').forEach((fold) => fold.setAttribute('open', ''));
    } else if (extra) {
        const feedback = element.shadowRoot.querySelector('c-lead-score-feedback');
        feedback.shadowRoot.querySelector(`[data-name="${extra}"]`).click();
    }
}

function show() {
    const asked = window.location.hash.slice(1);
    const views = asked ? [asked] : VIEWS;
    const page = document.querySelector('#views');
    page.replaceChildren();
    for (const view of views) {
        const element = made(view);
        const place = document.createElement('div');
        place.className = 'place';
        place.appendChild(element);
        page.appendChild(place);
        const extra = view.split('/')[2];
        // Once it stands there with its data.
        window.setTimeout(() => opened(element, extra));
    }
}

window.addEventListener('hashchange', show);
show();
