"""simple-salesforce against the stand-in org: what it reads and writes, as JSON."""

import json
import sys
from urllib.parse import urlsplit

import requests
from simple_salesforce import Salesforce
from simple_salesforce.exceptions import SalesforceMalformedRequest, SalesforceResourceNotFound


class Plain(requests.adapters.HTTPAdapter):
    """The library speaks https only; the stand-in on this machine does not."""

    def send(self, request, **options):
        request.url = request.url.replace("https://", "http://", 1)
        return super().send(request, **options)


# The org on this machine is quick; the library would wait five seconds for each job.
SOON = {"wait": 0.05}


def main(url, client_id, client_secret):
    form = {"grant_type": "client_credentials", "client_id": client_id, "client_secret": client_secret}
    granted = requests.post(f"{url}/services/oauth2/token", data=form, timeout=20).json()
    session = requests.Session()
    session.mount("https://", Plain())
    place = urlsplit(granted["instance_url"])
    org = Salesforce(
        session_id=granted["access_token"], instance=place.netloc, version="62.0", session=session
    )
    found = {}
    page = org.query("SELECT Id, LastName FROM Lead ORDER BY Id")
    found["total"], found["first_page"] = page["totalSize"], len(page["records"])
    everything = org.query_all("SELECT Id FROM Lead")
    found["all_pages"] = len(everything["records"])
    ids = [record["Id"] for record in everything["records"][:4]]
    try:
        org.query("SELECT Id FRM Lead")
    except SalesforceMalformedRequest as error:
        found["query_error"] = error.content[0]["errorCode"]
    fields = {field["name"]: field["type"] for field in org.Lead.describe()["fields"]}
    found["stage_type"] = fields["Stage_Entered_Contacting__c"]
    found["has_limits"] = org.limits()["DailyApiRequests"]["Max"] > 0
    found["usage"] = org.api_usage["api-usage"].used > 0
    org.Lead.update(ids[0], {"Status": "by one"})
    found["one"] = org.Lead.get(ids[0])["Status"]
    try:
        org.Lead.update(ids[0], {"Status": "x" * 300})
    except SalesforceMalformedRequest as error:
        found["too_long"] = error.content[0]["errorCode"]

    pages = list(org.bulk2.Lead.query("SELECT Id, Status FROM Lead", max_records=1000, **SOON))
    found["bulk_pages"] = [len(text.strip().split("\n")) - 1 for text in pages]
    done = org.bulk2.Lead.update(
        records=[{"Id": ids[1], "Status": "by bulk"}, {"Id": ids[2], "Status": "y" * 300}],
        **SOON,
    )
    found["bulk_counts"] = [done[0]["numberRecordsProcessed"], done[0]["numberRecordsFailed"]]
    job = done[0]["job_id"]
    failed = org.bulk2.Lead.get_failed_records(job)
    found["bulk_failed"] = "STRING_TOO_LONG" in failed and ids[2] in failed
    found["bulk_successful"] = ids[1] in org.bulk2.Lead.get_successful_records(job)
    found["bulk_unprocessed"] = len(org.bulk2.Lead.get_unprocessed_records(job).strip().split("\n")) - 1
    found["bulk_written"] = org.Lead.get(ids[1])["Status"]

    made = org.Lead.create({"LastName": "Made", "Company": "By simple-salesforce"})
    try:
        org.Lead.create({"LastName": "Half"})
    except SalesforceMalformedRequest as error:
        found["not_made"] = [error.content[0]["errorCode"], error.content[0]["fields"]]
    found["deleted"] = org.Lead.delete(made["id"])
    bin_query = f"SELECT Id FROM Lead WHERE Id = '{made['id']}' AND IsDeleted = true"
    found["in_bin"] = [
        org.query(bin_query)["totalSize"],
        org.query(bin_query, include_deleted=True)["totalSize"],
    ]
    try:
        org.Lead.get(made["id"])
    except SalesforceResourceNotFound as error:
        found["gone"] = error.content[0]["errorCode"]
    keyed = {"LastName": "Keyed", "Company": "By simple-salesforce"}
    found["upserted"] = [org.Lead.upsert("Score_Key__c/simple", keyed) for _ in range(2)]

    jobs = [
        org.bulk2.Lead.insert(records=[{"LastName": "A", "Company": "B"}], **SOON),
        org.bulk2.Lead.upsert(
            records=[
                {"Score_Key__c": "simple", "LastName": "Again", "Company": "x"},
                {"Score_Key__c": "another", "LastName": "New", "Company": "x"},
            ],
            external_id_field="Score_Key__c",
            **SOON,
        ),
    ]
    found["bulk_made"] = [
        org.bulk2.Lead.get_successful_records(done[0]["job_id"]).count('"true"') for done in jobs
    ]
    ids = [record["Id"] for record in org.query("SELECT Id FROM Lead WHERE Company = 'x'")["records"]]
    gone = org.bulk2.Lead.delete(records=[{"Id": one} for one in ids], **SOON)
    found["bulk_deleted"] = gone[0]["numberRecordsProcessed"]
    everything = org.bulk2.Lead.query_all("SELECT Id FROM Lead WHERE IsDeleted = true", **SOON)
    found["bulk_in_bin"] = "".join(everything).count("00Q")
    print(json.dumps(found))


main(*sys.argv[1:])
