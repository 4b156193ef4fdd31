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

  // Records made and deleted: all or none, then each for itself; what is deleted lies in the bin.
  const code = (result) => (result.success ? 'ok' : result.errors[0].statusCode);
  const two = [{ LastName: 'Made', Company: 'By jsforce' }, { LastName: 'Half' }];
  found.allOrNone = (await org.sobject('Lead').create(two, { allOrNone: true })).map(code);
  const made = await org.sobject('Lead').create(two);
  found.made = made.map(code);
  found.retrieved = (await org.sobject('Lead').retrieve([made[0].id, '00Q000000000999AAA'], { fields: ['Company'] }))
    .map((record) => record && record.Company);
  found.destroyed = (await org.sobject('Lead').destroy([made[0].id, made[0].id.slice(0, 15)])).map(code);
  const bin = `SELECT Id, IsDeleted FROM Lead WHERE Id = '${made[0].id}'`;
  found.inBin = [(await org.query(bin)).totalSize, (await org.query(bin, { scanAll: true })).records[0].IsDeleted];
  found.gone = await org.sobject('Lead').retrieve(made[0].id).then(() => null, (error) => error.errorCode);

  // By a key of our own: made the first time, found the second.
  const keyed = { Score_Key__c: 'jsforce', LastName: 'Keyed', Company: 'By jsforce' };
  const upserts = [];
  for (let time = 0; time < 2; time += 1) upserts.push((await org.sobject('Lead').upsert(keyed, 'Score_Key__c')).created);
  found.upserted = upserts;

  // The other kinds of jobs.
  const job = (operation, input, more) => org.bulk2.loadAndWaitForResults({ object: 'Lead', operation, input, ...more });
  const inserted = await job('insert', [{ LastName: 'A', Company: 'B' }, { LastName: 'C', Company: '' }]);
  found.bulkInserted = inserted.successfulResults.map((row) => [row.LastName, row.sf__Created]);
  found.bulkNotInserted = inserted.failedResults.map((row) => row.sf__Error);
  const changed = await job('upsert', [
    { Score_Key__c: 'jsforce', LastName: 'Again', Company: 'x' },
    { Score_Key__c: 'another', LastName: 'New', Company: 'x' },
  ], { externalIdFieldName: 'Score_Key__c' });
  found.bulkUpserted = changed.successfulResults.map((row) => [row.LastName, row.sf__Created]).sort();
  const away = await job('delete', changed.successfulResults.map((row) => ({ Id: row.sf__Id })));
  found.bulkDeleted = away.successfulResults.length;
  const failure = await job('update', [{ Id: ids[0], Nope__c: 'x' }]).then(() => null, (error) => error.message);
  found.bulkUnknownField = failure;
  process.stdout.write(JSON.stringify(found));
}

main().catch((error) => {
  process.stderr.write(`${error.stack}\n`);
  process.exit(1);
});
