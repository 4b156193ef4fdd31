//! What an object's fields are, and which of them we may write.

use std::collections::BTreeMap;

use reqwest::Method;
use serde::Deserialize;

use crate::client::Client;
use crate::error::Result;
use crate::transport::{Body, Call};

/// A field as the org describes it to this user.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Described {
    /// API name.
    pub name: String,
    /// `string`, `double`, `picklist`, ….
    #[serde(rename = "type")]
    pub kind: String,
    /// Most characters of a text.
    #[serde(default)]
    pub length: u32,
    /// Whether this user may write it.
    #[serde(default)]
    pub updateable: bool,
}

impl Client {
    /// The fields of an object that this user sees, by name.
    ///
    /// # Errors
    /// When the object is not known or no answer comes.
    pub async fn describe(&self, object: &str) -> Result<BTreeMap<String, Described>> {
        #[derive(Deserialize)]
        struct Object {
            fields: Vec<Described>,
        }
        let what = format!("the fields of {object}");
        let call = Call {
            what: &what,
            method: Method::GET,
            path: self.data(&format!("sobjects/{object}/describe")),
            body: Body::Nothing,
            repeatable: true,
        };
        let found: Object = self.send(call).await?.json(&what)?;
        let fields = found.fields.into_iter();
        Ok(fields.map(|field| (field.name.clone(), field)).collect())
    }
}
