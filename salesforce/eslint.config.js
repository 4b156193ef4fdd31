const jest = require('eslint-plugin-jest');
const js = require('@eslint/js');
const globals = require('globals');
const lwc = require('@salesforce/eslint-config-lwc');

module.exports = [
    { ignores: ['node_modules/', 'preview/out/', 'coverage/'] },
    ...lwc.configs.recommended.map((config) => ({ ...config, files: ['force-app/**/*.js', 'preview/modules/**/*.js'] })),
    {
        files: ['**/__tests__/**/*.js'],
        plugins: { jest, '@lwc/lwc': require('@lwc/eslint-plugin-lwc') },
        languageOptions: { globals: { ...globals.jest, ...globals.node } },
        // Tests drive the wire adapters by hand.
        rules: { ...jest.configs['flat/recommended'].rules, '@lwc/lwc/no-unexpected-wire-adapter-usages': 'off' }
    },
    {
        files: ['preview/apex.js', 'preview/main.js'],
        ...js.configs.recommended,
        languageOptions: { globals: globals.browser }
    },
    {
        files: ['*.js', 'preview/build.js'],
        ...js.configs.recommended,
        languageOptions: { sourceType: 'commonjs', globals: globals.node }
    }
];
