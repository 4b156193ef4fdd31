// jsforce against the stand-in org: what it reads and writes, as JSON.
const jsforce = require('jsforce');

async function main() {
  const [url, clientId, clientSecret] = process.argv.slice(2);
  // The token as any client gets it.
  const form = new URLSearchParams({
    grant_type: 'client_credentials', client_id: clientId, client_secret: clientSecret,
  });
  const granted = await (await fetch(`${url}/services/oauth2/token`, { method: 'POST', body: form })).json();
  const org = new jsforce.Connection({
    instanceUrl: granted.instance_url, accessToken: granted.access_token, version: '62.0',
  });
  org.bulk2.pollInterval = 5;
  org.bulk2.pollTimeout = 20000;
  const found = {};

  // Queries: first page, all pages, relations, errors.
  const page = await org.query('SELECT Id, LastName, Owner.Name FROM Lead ORDER BY Id');
  found.total = page.totalSize;
  found.firstPage = page.records.length;
  found.owner = page.records[0].Owner.Name;
  const all = await org.query('SELECT Id FROM Lead', { autoFetch: true, maxFetch: 100000 });
  found.allPages = all.records.length;
  found.count = (await org.query('SELECT COUNT() FROM Lead')).totalSize;
  found.queryError = await org.query('SELECT Nope__c FROM Lead').then(() => null, (error) => error.errorCode);

  // Describe and limits.
  const lead = await org.sobject('Lead').describe();
  found.scoreType = lead.fields.find((field) => field.name === 'Savvy_Lead_Score__c').type;
  found.hasLimits = (await org.request('/services/data/v62.0/limits')).DailyApiRequests.Max > 0;
  found.usage = org.limitInfo.apiUsage.used > 0;

  // One record, and a collection with one refusal.
  const ids = all.records.slice(0, 4).map((record) => record.Id);
  await org.sobject('Lead').update({ Id: ids[0], Status: 'by one' });
  found.one = (await org.sobject('Lead').retrieve(ids[0])).Status;
  const saved = await org.sobject('Lead').update([
    { Id: ids[1], Status: 'by many' },
    { Id: ids[2], Status: 'x'.repeat(300) },
  ]);
  found.saved = saved.map((result) => (result.success ? 'ok' : result.errors[0].statusCode ?? result.errors[0].errorCode));

  // Bulk API 2.0: query and ingest, with a row that is refused.
  const rows = [];
  const stream = await org.bulk2.query('SELECT Id, Status FROM Lead');
  for await (const record of stream) rows.push(record);
  found.bulkRows = rows.length;
  const input = [
    { Id: ids[2], Status: 'by bulk' },
    { Id: ids[3], Status: 'y'.repeat(300) },
  ];
  const results = await org.bulk2.loadAndWaitForResults({ object: 'Lead', operation: 'update', input });
  found.bulkSuccessful = results.successfulResults.map((row) => [row.sf__Id === ids[2], row.sf__Created]);
  found.bulkFailed = results.failedResults.map((row) => row.sf__Error.split(':')[0]);
  found.bulkUnprocessed = results.unprocessedRecords.length;
  found.bulkWritten = (await org.sobject('Lead').retrieve(ids[2])).Status;
  process.stdout.write(JSON.stringify(found));
}

main().catch((error) => {
  process.stderr.write(`${error.stack}\n`);
  process.exit(1);
});
