//! Answers as the API words them.

use bytes::Bytes;
use http_body_util::Full;
use hyper::Response;
use serde_json::{Value, json};

/// An answer.
pub(crate) type Reply = Response<Full<Bytes>>;

pub(crate) fn with(status: u16, kind: &str, body: impl Into<Bytes>) -> Reply {
    let mut reply = Response::new(Full::new(body.into()));
    *reply.status_mut() = hyper::StatusCode::from_u16(status).unwrap_or_default();
    if let Ok(kind) = kind.parse() {
        reply.headers_mut().insert("Content-Type", kind);
    }
    reply
}

pub(crate) fn json(status: u16, body: &Value) -> Reply {
    with(status, "application/json;charset=UTF-8", body.to_string())
}

pub(crate) fn nothing() -> Reply {
    with(204, "application/json", Bytes::new())
}

/// A refusal: an array of code and words.
pub(crate) fn refuse(status: u16, code: &str, message: &str) -> Reply {
    json(status, &json!([{ "message": message, "errorCode": code }]))
}

pub(crate) fn not_found() -> Reply {
    refuse(404, "NOT_FOUND", "The requested resource does not exist")
}

pub(crate) fn csv(body: Vec<u8>, headers: &[(&'static str, String)]) -> Reply {
    let mut reply = with(200, "text/csv", body);
    for (name, value) in headers {
        if let Ok(value) = value.parse() {
            reply.headers_mut().insert(*name, value);
        }
    }
    reply
}
