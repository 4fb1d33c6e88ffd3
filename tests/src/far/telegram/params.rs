//! A request's parameters, in each of the four ways in which the Bot API takes them: in the address,
//! as a form, as JSON, and as `multipart/form-data`.

use super::world::No;
use axum::{
    body::Body,
    extract::{FromRequest, Multipart, Query, Request},
    http::{Method, header},
};
use serde_json::{Map, Value};

/// What a request may have in its body.
const BODY_BYTES: usize = 1024 * 1024;

/// The parameters, by name. Those of a form are strings, whatever they mean.
#[derive(Debug, Clone, Default)]
pub(super) struct Params(pub(super) Map<String, Value>);

impl Params {
    pub(super) async fn read(request: Request<Body>) -> Result<Self, No> {
        let bad = |what: &str| No::bad(what);
        if !matches!(*request.method(), Method::GET | Method::POST) {
            return Err(No::new(405, "Method Not Allowed"));
        }
        let Query(query) = Query::<Vec<(String, String)>>::try_from_uri(request.uri())
            .map_err(|_| bad("can't parse the query"))?;
        let mut all: Map<_, _> = query.into_iter().map(|(name, value)| (name, value.into())).collect();
        let kind = request.headers().get(header::CONTENT_TYPE);
        let kind = kind.and_then(|kind| kind.to_str().ok()).unwrap_or_default().to_owned();
        if kind.starts_with("multipart/form-data") {
            let mut parts =
                Multipart::from_request(request, &()).await.map_err(|_| bad("can't parse the parts"))?;
            while let Some(part) = parts.next_field().await.map_err(|_| bad("can't parse a part"))? {
                let name = part.name().unwrap_or_default().to_owned();
                all.insert(name, part.text().await.map_err(|_| bad("a part is no text"))?.into());
            }
            return Ok(Self(all));
        }
        let body = axum::body::to_bytes(request.into_body(), BODY_BYTES).await;
        let body = body.map_err(|_| No::new(413, "Request Entity Too Large"))?;
        if kind.starts_with("application/json") {
            match serde_json::from_slice(&body) {
                Ok(Value::Object(object)) => all.extend(object),
                _ if body.is_empty() => {}
                _ => return Err(bad("can't parse the request's JSON object")),
            }
        } else if kind.starts_with("application/x-www-form-urlencoded") {
            let form: Vec<(String, String)> =
                serde_urlencoded::from_bytes(&body).map_err(|_| bad("can't parse the form"))?;
            all.extend(form.into_iter().map(|(name, value)| (name, value.into())));
        } else if !body.is_empty() {
            return Err(bad("unsupported content type"));
        }
        Ok(Self(all))
    }

    /// A parameter that is there and not empty.
    pub(super) fn get(&self, name: &str) -> Option<&Value> {
        self.0.get(name).filter(|value| !value.is_null() && value.as_str() != Some(""))
    }

    pub(super) fn text(&self, name: &str) -> Result<Option<String>, No> {
        match self.get(name) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text.clone())),
            Some(_) => Err(No::bad(&format!("parameter \"{name}\" must be a String"))),
        }
    }

    pub(super) fn integer(&self, name: &str) -> Result<Option<i64>, No> {
        let Some(value) = self.get(name) else { return Ok(None) };
        let number = value.as_i64().or_else(|| value.as_str()?.parse().ok());
        number.map(Some).ok_or_else(|| No::bad(&format!("parameter \"{name}\" must be an Integer")))
    }

    pub(super) fn needed(&self, name: &str) -> Result<i64, No> {
        self.integer(name)?.ok_or_else(|| No::bad(&format!("parameter \"{name}\" is required")))
    }

    /// An object or an array, or the JSON of one.
    pub(super) fn json(&self, name: &str) -> Result<Option<Value>, No> {
        match self.get(name) {
            Some(Value::String(text)) => {
                let value = serde_json::from_str(text);
                value.map(Some).map_err(|_| No::bad(&format!("can't parse {name} JSON object")))
            }
            value => Ok(value.cloned()),
        }
    }
}
