/* What the files must agree on with each other; Salesforce would say it at deployment only. */
const fs = require('fs');
const path = require('path');

const PROJECT = path.dirname(__dirname);
const ROOT = path.join(PROJECT, 'force-app/main/default');
const FEEDBACK = 'Lead_Score_Feedback__c';

const files = fs.readdirSync(ROOT, { recursive: true }).map((file) => file.split(path.sep).join('/'));
const read = (file) => fs.readFileSync(path.join(ROOT, file), 'utf8');
const tags = (xml, tag) => [...xml.matchAll(new RegExp(`<${tag}>([\\s\\S]*?)</${tag}>`, 'g'))].map(([, inner]) => inner);
const tag = (xml, name) => tags(xml, name)[0];
const fieldsOf = (object) =>
    files
        .filter((file) => file.startsWith(`objects/${object}/fields/`))
        .map((file) => ({ name: path.basename(file, '.field-meta.xml'), xml: read(file) }));
const named = (object, name) => fieldsOf(object).find((field) => field.name === name).xml;
const picklist = (object, name) => tags(named(object, name), 'value').map((value) => tag(value, 'fullName'));
const permissions = (set) =>
    tags(read(`permissionsets/${set}.permissionset-meta.xml`), 'fieldPermissions').map((permission) => ({
        field: tag(permission, 'field'),
        editable: tag(permission, 'editable') === 'true'
    }));
const sources = files.filter((file) => /\.(js|html|cls)$/.test(file) && !file.includes('__tests__'));

describe('fields', () => {
    const fields = [...fieldsOf('Lead'), ...fieldsOf(FEEDBACK)];

    it.each(fields.map(({ name, xml }) => [name, xml]))('%s has a label, help and a description within the limits', (name, xml) => {
        expect(tag(xml, 'fullName')).toBe(name);
        expect(name.length).toBeLessThanOrEqual(43);
        expect(tag(xml, 'label').length).toBeLessThanOrEqual(40);
        expect(tag(xml, 'inlineHelpText').length).toBeGreaterThan(15);
        expect(tag(xml, 'inlineHelpText').length).toBeLessThanOrEqual(510);
        expect(tag(xml, 'description').length).toBeGreaterThan(15);
    });

    it('of score and tier keep their history', () => {
        const tracked = fieldsOf('Lead').filter(({ xml }) => tag(xml, 'trackHistory') === 'true');
        expect(tracked.map(({ name }) => name)).toEqual(['Lead_Score__c', 'Lead_Tier__c']);
        expect(tag(read('objects/Lead/Lead.object-meta.xml'), 'enableHistory')).toBe('true');
    });

    it('have one key, by which a score is found', () => {
        const keys = fieldsOf('Lead').filter(({ xml }) => tag(xml, 'externalId') === 'true');
        expect(keys.map(({ name }) => name)).toEqual(['Score_Key__c']);
        expect(tag(keys[0].xml, 'unique')).toBe('true');
    });

    it('that components and Apex use are there', () => {
        const own = (object) => new Set(fieldsOf(object).map(({ name }) => name));
        const missing = [];
        for (const file of sources) {
            for (const [, object, name] of read(file).matchAll(/@salesforce\/schema\/(\w+)\.(\w+__c)/g)) {
                if (!own(object).has(name)) {
                    missing.push(`${file}: ${object}.${name}`);
                }
            }
        }
        for (const [name] of read('classes/LeadScoreListController.cls').matchAll(/\b(?:Lead_|Scor)\w+__c\b/g)) {
            if (!own('Lead').has(name)) {
                missing.push(`LeadScoreListController: ${name}`);
            }
        }
        expect(missing).toEqual([]);
    });
});

describe('choices', () => {
    const format = read('lwc/leadScoreFormat/leadScoreFormat.js');
    const reasons = read('lwc/leadScoreFeedback/reasons.js');

    it('of tiers are the same on leads, in feedback and on the card', () => {
        const tiers = picklist('Lead', 'Lead_Tier__c');
        expect(tiers).toEqual(['A', 'B', 'C', 'Do not call']);
        expect(picklist(FEEDBACK, 'Override_Tier__c')).toEqual(tiers);
        const block = /const TIERS = \{([\s\S]*?)\n\};/.exec(format)[1];
        expect([...block.matchAll(/^ {4}'?([^':]+)'?: \{/gm)].map(([, tier]) => tier)).toEqual(tiers);
    });

    it('of reasons are those of the field', () => {
        const block = /export const REASONS = \[([\s\S]*?)\];/.exec(reasons)[1];
        expect([...block.matchAll(/'([^']+)'/g)].map(([, reason]) => reason)).toEqual(picklist(FEEDBACK, 'Reason__c'));
    });

    it('of trends and states are those that have words', () => {
        for (const trend of picklist('Lead', 'Score_Trend__c')) {
            expect(format).toContain(`${trend}: { word: '${trend}'`);
        }
        for (const state of picklist('Lead', 'Score_Status__c')) {
            expect(format).toMatch(new RegExp(`\\b${state}: '`));
        }
    });
});

describe('permission sets', () => {
    const scores = fieldsOf('Lead').map(({ name }) => `Lead.${name}`);

    it('let the sync change exactly the fields of the score', () => {
        const editable = permissions('Lead_Scoring_Sync').filter((permission) => permission.editable);
        expect(editable.map(({ field }) => field).sort()).toEqual([...scores].sort());
        const xml = read('permissionsets/Lead_Scoring_Sync.permissionset-meta.xml');
        expect(tags(xml, 'userPermissions').map((permission) => tag(permission, 'name'))).toEqual(['ApiEnabled']);
        expect(tags(xml, 'objectPermissions').map((permission) => tag(permission, 'object'))).toEqual(['Lead']);
    });

    it('let salespeople read the score and change nothing of a lead', () => {
        const ofLead = permissions('Lead_Scoring_Read').filter(({ field }) => field.startsWith('Lead.'));
        expect(ofLead.filter(({ editable }) => editable)).toEqual([]);
        expect(ofLead.map(({ field }) => field)).toEqual(expect.arrayContaining(scores));
    });

    it('let salespeople fill in every field of feedback', () => {
        const ofFeedback = permissions('Lead_Scoring_Read').filter(({ field, editable }) => editable && field.startsWith(FEEDBACK));
        expect(ofFeedback.map(({ field }) => field.split('.')[1]).sort()).toEqual(
            fieldsOf(FEEDBACK)
                .map(({ name }) => name)
                .sort()
        );
    });

    it('let salespeople read whatever the list asks for, since it runs with their rights', () => {
        const readable = new Set(permissions('Lead_Scoring_Read').map(({ field }) => field));
        const query = read('classes/LeadScoreListController.cls');
        // Name, Company, owner and conversion can't be withheld from whoever reads leads.
        const asked = [...query.matchAll(/\b(\w+__c|Phone|MobilePhone|DoNotCall)\b/g)].map(([, name]) => `Lead.${name}`);
        expect(asked.filter((field) => !readable.has(field))).toEqual([]);
    });

    it.each(['Lead_Scoring_Sync', 'Lead_Scoring_Read'])('%s deletes nothing', (set) => {
        const xml = read(`permissionsets/${set}.permissionset-meta.xml`);
        expect(tags(xml, 'allowDelete').concat(tags(xml, 'modifyAllRecords'))).not.toContain('true');
    });
});

describe('the manifest', () => {
    const xml = fs.readFileSync(path.join(PROJECT, 'manifest/package.xml'), 'utf8');
    const members = Object.fromEntries(tags(xml, 'types').map((types) => [tag(types, 'name'), tags(types, 'members')]));
    const namesOf = (pattern) => [...new Set(files.map((file) => pattern.exec(file)?.[1]).filter(Boolean))].sort();
    const ofLead = (pattern) => namesOf(pattern).map((name) => `Lead.${name}`);

    it.each([
        ['ApexClass', namesOf(/^classes\/(\w+)\.cls$/)],
        ['CompactLayout', ofLead(/^objects\/Lead\/compactLayouts\/(\w+)\./)],
        ['CustomField', ofLead(/^objects\/Lead\/fields\/(\w+)\./)],
        ['CustomObject', namesOf(/^objects\/(\w+)\/\w+\.object-meta\.xml$/)],
        ['FlexiPage', namesOf(/^flexipages\/(\w+)\./)],
        ['LightningComponentBundle', namesOf(/^lwc\/(\w+)\//)],
        ['ListView', ofLead(/^objects\/Lead\/listViews\/(\w+)\./)],
        ['PermissionSet', namesOf(/^permissionsets\/(\w+)\./)],
        ['ReportType', namesOf(/^reportTypes\/(\w+)\./)]
    ])('names every %s', (type, there) => {
        expect([...members[type]].sort()).toEqual(there);
    });

    it('has the version of the project', () => {
        const { sourceApiVersion } = JSON.parse(fs.readFileSync(path.join(PROJECT, 'sfdx-project.json'), 'utf8'));
        expect(tag(xml, 'version')).toBe(sourceApiVersion);
        const own = files.filter((file) => /\.(js|cls)-meta\.xml$/.test(file)).map((file) => tag(read(file), 'apiVersion'));
        expect(new Set(own)).toEqual(new Set([sourceApiVersion]));
    });
});

describe('samples', () => {
    const leads = JSON.parse(fs.readFileSync(path.join(PROJECT, 'preview/samples/leads.json'), 'utf8'));

    /** What the field would refuse. */
    function fault(field, value) {
        const xml = named('Lead', field);
        if (typeof value === 'number') {
            const room = Number(tag(xml, 'precision')) - Number(tag(xml, 'scale'));
            return Math.abs(value) >= 10 ** room && `${field}: ${value} is too large`;
        }
        if (value !== null && tag(xml, 'type') === 'Picklist') {
            return !picklist('Lead', field).includes(value) && `${field}: no choice ${value}`;
        }
        return value?.length > Number(tag(xml, 'length') ?? Infinity) && `${field}: ${value.length} characters`;
    }

    it.each(Object.keys(leads))('%s fits the fields', (name) => {
        const faults = Object.entries(leads[name]).map(([field, value]) => fault(field, value));
        expect(faults.filter(Boolean)).toEqual([]);
    });
});
