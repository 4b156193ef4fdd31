//! Queries by REST, page by page.

use reqwest::Method;
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::client::Client;
use crate::error::{Error, Result};
use crate::transport::{Body, Call};

#[derive(Deserialize)]
struct Page {
    done: bool,
    #[serde(rename = "nextRecordsUrl")]
    next: Option<String>,
    records: Vec<Map<String, Value>>,
}

impl Client {
    /// Runs a query and hands over each record without its `attributes`; with `all`, deleted
    /// records too. Returns their number.
    ///
    /// # Errors
    /// When the query is refused or no answer comes.
    pub async fn query(
        &self,
        soql: &str,
        all: bool,
        each: &mut dyn FnMut(Map<String, Value>) -> Result<()>,
    ) -> Result<u64> {
        let query: String = url::form_urlencoded::byte_serialize(soql.as_bytes()).collect();
        let resource = if all { "queryAll" } else { "query" };
        let mut path = self.data(&format!("{resource}?q={query}"));
        let what = "a query";
        let mut count = 0;
        loop {
            let asked = path.clone();
            let call = Call {
                what,
                method: Method::GET,
                path,
                body: Body::Nothing,
                repeatable: true,
            };
            let page: Page = self.send(call).await?.json(what)?;
            for mut record in page.records {
                record.remove("attributes");
                count += 1;
                each(record)?;
            }
            match (page.done, page.next) {
                (true, _) => return Ok(count),
                (false, Some(next)) if next == asked => {
                    return Err(Error::answer(what, "a page names itself as the next one"));
                }
                (false, Some(next)) => path = next,
                (false, None) => {
                    return Err(Error::answer(
                        what,
                        "there is more, but it does not say where",
                    ));
                }
            }
        }
    }
}
