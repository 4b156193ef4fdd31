// `toBeAccessible`: the rules of axe that a page without layout can be held against.
const { registerSa11yMatcher } = require('@sa11y/jest');

registerSa11yMatcher();
