const jest = require('eslint-plugin-jest');
const js = require('@eslint/js');
const globals = require('globals');
const lwc = require('@salesforce/eslint-config-lwc');

module.exports = [
    { ignores: ['node_modules/', 'preview/out/', 'coverage/'] },
    ...lwc.configs.recommended.map((config) => ({ ...config, files: ['force-app/**/*.js', 'preview/modules/**/*.js'] })),
    {
        files: ['**/__tests__/**/*.js'],
        plugins: { jest },
        languageOptions: { globals: { ...globals.jest, ...globals.node } },
        rules: { ...jest.configs['flat/recommended'].rules }
    },
    {
        files: ['*.js', 'preview/*.js'],
        ...js.configs.recommended,
        languageOptions: { sourceType: 'commonjs', globals: globals.node }
    }
];
