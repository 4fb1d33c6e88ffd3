//! The HTTP side: a connection that can be cut where a test wants it, and the envelope of every answer.

use super::{
    Inner, chats,
    params::Params,
    updates,
    world::{No, World},
};
use axum::{
    body::Body,
    http::{Method, Request, Response, header},
};
use hyper::{server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use std::{fmt, sync::Arc, time::Duration};
use tokio::net::TcpListener;

/// What goes wrong with a request.
#[derive(Debug, Clone)]
pub enum Fault {
    /// The connection ends before anything is done.
    CutBefore,
    /// It is done, and the connection ends before the answer.
    CutAfter,
    /// It is done only after this time.
    Slow(Duration),
    /// A gateway answers in its own way, and nothing is done.
    Gateway(u16),
    /// The API says this, and nothing is done.
    Says(u16, &'static str),
}

/// Ends a connection without an answer.
#[derive(Debug)]
struct Cut;

impl fmt::Display for Cut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the connection is cut")
    }
}

impl std::error::Error for Cut {}

/// Takes connections for as long as it is polled.
pub(super) async fn serve(listener: TcpListener, inner: Arc<Inner>) {
    loop {
        let Ok((stream, _)) = listener.accept().await else { continue };
        let inner = Arc::clone(&inner);
        tokio::spawn(async move {
            let answer = service_fn(move |request: Request<hyper::body::Incoming>| {
                let inner = Arc::clone(&inner);
                async move { answer(&inner, request.map(Body::new)).await }
            });
            // A connection that is cut is what some tests want.
            let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), answer).await;
        });
    }
}

async fn answer(inner: &Inner, request: Request<Body>) -> Result<Response<Body>, Cut> {
    let path = request.uri().path().to_owned();
    if let Some(file) = path.strip_prefix("/file/bot") {
        return download(inner, request.method(), file);
    }
    let Some((token, method)) = path.strip_prefix("/bot").and_then(|path| path.split_once('/')) else {
        return Ok(refusal(&No::new(404, "Not Found")));
    };
    // Methods are the same in capitals.
    let method = method.to_ascii_lowercase();
    if !token.contains(':') {
        return Ok(refusal(&No::new(404, "Not Found")));
    }
    if token != inner.world().token {
        return Ok(refusal(&No::new(401, "Unauthorized")));
    }
    let params = match Params::read(request).await {
        Ok(params) => params,
        Err(no) => return Ok(refusal(&no)),
    };
    inner.world().note(&method, &params);
    inner.changed();
    let fault = inner.next_fault(&method);
    match fault {
        Some(Fault::CutBefore) => return Err(Cut),
        Some(Fault::Gateway(code)) => return Ok(page(code, "text/html", "<h1>Bad Gateway</h1>".into())),
        Some(Fault::Says(code, description)) => return Ok(refusal(&No::new(code, description))),
        Some(Fault::Slow(wait)) => tokio::time::sleep(wait).await,
        Some(Fault::CutAfter) | None => {}
    }
    let result = match method.as_str() {
        "getupdates" => updates::get_updates(inner, &params).await,
        method => inner.world().call(method, &params),
    };
    inner.changed();
    if matches!(fault, Some(Fault::CutAfter)) {
        return Err(Cut);
    }
    Ok(match result {
        Ok(result) => page(200, "application/json", escaped(&json!({ "ok": true, "result": result }))),
        Err(no) => refusal(&no),
    })
}

/// `https://api.telegram.org/file/bot<token>/<file_path>` (`getFile`).
fn download(inner: &Inner, method: &Method, file: &str) -> Result<Response<Body>, Cut> {
    let mut world = inner.world();
    world.calls.push(("file".into(), Value::from(file)));
    let fault = inner.next_fault("file");
    match &fault {
        Some(Fault::CutBefore | Fault::CutAfter) => return Err(Cut),
        Some(Fault::Gateway(code)) => return Ok(page(*code, "text/html", "<h1>Bad Gateway</h1>".into())),
        Some(Fault::Says(code, description)) => return Ok(refusal(&No::new(*code, *description))),
        Some(Fault::Slow(_)) | None => {}
    }
    let path = file.split_once('/').filter(|(token, _)| *token == world.token && *method == Method::GET);
    let found = path.ok_or_else(|| No::new(404, "Not Found")).and_then(|(_, path)| world.download(path));
    Ok(match found {
        Ok(bytes) => {
            let response = Response::builder().header(header::CONTENT_TYPE, "application/octet-stream");
            response.body(Body::from(bytes)).expect("a header that was written here")
        }
        Err(no) => refusal(&no),
    })
}

impl World {
    fn note(&mut self, method: &str, params: &Params) {
        self.calls.push((method.to_owned(), Value::Object(params.0.clone())));
        let Some(known) = chats::known_parameters(method) else { return };
        for name in params.0.keys().filter(|name| !known.contains(&name.as_str())) {
            self.complaints.push(format!("{method} has no parameter {name}"));
        }
    }

    fn call(&mut self, method: &str, params: &Params) -> Result<Value, No> {
        match method {
            "getme" => Ok(self.get_me()),
            "getfile" => self.get_file(params),
            "sendmessage" => self.send_message(params),
            "createforumtopic" => self.create_topic(params),
            "closeforumtopic" => self.close_topic(params, true),
            "reopenforumtopic" => self.close_topic(params, false),
            "deleteforumtopic" => self.delete_topic(params),
            "deletemessage" => self.delete_message(params),
            "setmessagereaction" => self.set_reaction(params),
            "setwebhook" => self.set_webhook(params),
            "deletewebhook" => self.delete_webhook(params),
            "getwebhookinfo" => Ok(self.webhook_info()),
            _ => Err(No::new(404, "Not Found: method not found")),
        }
    }
}

fn refusal(no: &No) -> Response<Body> {
    let mut said = json!({ "ok": false, "error_code": no.code, "description": no.description });
    if let Some(parameters) = &no.parameters {
        said["parameters"] = parameters.clone();
    }
    let mut response = page(no.code, "application/json", escaped(&said));
    if let Some(wait) = no.parameters.as_ref().and_then(|parameters| parameters["retry_after"].as_u64()) {
        response.headers_mut().insert(header::RETRY_AFTER, wait.into());
    }
    response
}

/// As Telegram writes it: what is not ASCII is escaped, in UTF-16 code units.
fn escaped(json: &Value) -> String {
    let mut text = String::new();
    for c in json.to_string().chars() {
        if c.is_ascii() {
            text.push(c);
        } else {
            text.extend(c.encode_utf16(&mut [0; 2]).iter().map(|unit| format!("\\u{unit:04x}")));
        }
    }
    text
}

fn page(code: u16, kind: &'static str, body: String) -> Response<Body> {
    let response = Response::builder().status(code).header(header::CONTENT_TYPE, kind);
    response.body(Body::from(body)).expect("a status and a header that were written here")
}
