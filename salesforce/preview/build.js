/*
 * Makes preview/out/index.html: the components with sample data, in one file that a browser opens
 * without a server. Needs no Salesforce org; base components and data are stand-ins.
 */
const fs = require('fs');
const path = require('path');
const { rollup } = require('rollup');
const lwc = require('@lwc/rollup-plugin');

const HERE = __dirname;
const PROJECT = path.dirname(HERE);
const COMPONENTS = path.join(PROJECT, 'force-app/main/default/lwc');
const DESIGN = path.dirname(require.resolve('@salesforce-ux/design-system/package.json'));

/** Folders of `folder` as modules `namespace/name`. */
function modules(namespace, folder) {
    return fs.readdirSync(folder).map((name) => ({ name: `${namespace}/${name}`, path: path.join(folder, name, `${name}.js`) }));
}

/** What only an org has: the names of its fields, and its Apex. */
function org() {
    return {
        name: 'org',
        resolveId: (id) => (id.startsWith('@salesforce/') ? `\0${id}.js` : null),
        load(id) {
            if (id.startsWith('\0@salesforce/schema/')) {
                const [objectApiName, fieldApiName] = id.slice('\0@salesforce/schema/'.length, -'.js'.length).split('.');
                return `export default ${JSON.stringify({ objectApiName, fieldApiName })};`;
            }
            if (id.startsWith('\0@salesforce/apex/')) {
                return `export { callList as default } from ${JSON.stringify(path.join(HERE, 'apex.js'))};`;
            }
            return null;
        }
    };
}

/** Samples, and nothing else, are JSON. */
function json() {
    return {
        name: 'json',
        load: (id) => (id.endsWith('.json') ? `export default ${fs.readFileSync(id, 'utf8')};` : null)
    };
}

/** The symbols that the components name, out of the design system's sprites. */
function symbols() {
    const sources = fs
        .readdirSync(COMPONENTS, { recursive: true })
        .filter((file) => /\.(js|html)$/.test(file) && !file.includes('__tests__'))
        .map((file) => fs.readFileSync(path.join(COMPONENTS, file), 'utf8'));
    const names = new Set(sources.flatMap((source) => source.match(/\b(?:utility|standard):\w+/g) ?? []));
    const drawn = [...names].sort().map((name) => {
        const [family, symbol] = name.split(':');
        const svg = fs.readFileSync(path.join(DESIGN, 'assets/icons', family, `${symbol}.svg`), 'utf8');
        const [, box, shapes] = /viewBox="([^"]+)"[^>]*>([\s\S]*)<\/svg>/.exec(svg);
        return `<symbol id="${family}-${symbol}" viewBox="${box}">${shapes}</symbol>`;
    });
    return `<svg style="display: none" aria-hidden="true">${drawn.join('')}</svg>`;
}

async function build() {
    const bundle = await rollup({
        input: path.join(HERE, 'main.js'),
        plugins: [
            org(),
            json(),
            lwc({
                rootDir: HERE,
                modules: [...modules('c', COMPONENTS), ...modules('lightning', path.join(HERE, 'modules/lightning'))],
                exclude: ['**/*.json']
            })
        ],
        onwarn(warning) {
            throw new Error(warning.message);
        }
    });
    const { output } = await bundle.generate({ format: 'iife', intro: "const process = { env: { NODE_ENV: 'production' } };" });
    const styles = fs.readFileSync(path.join(DESIGN, 'assets/styles/salesforce-lightning-design-system.min.css'), 'utf8');
    const page = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>leadrank in Salesforce</title>
<style>${styles}</style>
<style>body { background: #f3f3f3; padding: 12px; } .place { margin-bottom: 12px; }</style>
</head>
<body>
${symbols()}
<main id="views"></main>
<script>${output[0].code.replaceAll('</script', '<\\/script')}</script>
</body>
</html>
`;
    fs.mkdirSync(path.join(HERE, 'out'), { recursive: true });
    fs.writeFileSync(path.join(HERE, 'out/index.html'), page);
    process.stdout.write('preview/out/index.html\n');
}

build().catch((error) => {
    process.stderr.write(`The preview could not be built: ${error.message}\n`);
    process.exitCode = 1;
});
