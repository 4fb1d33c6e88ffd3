//! A push service that hears everything and answers nothing, until it does.

use anyhow::Result;
use axum::{body::Body, http::Response};
use http_body_util::BodyExt;
use hyper::{Request, body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use std::net::SocketAddr;
use tokio::{net::TcpListener, sync::watch, task::JoinSet};

/// The push service. It ends when it is dropped.
pub(super) struct DeadSide {
    address: SocketAddr,
    answers: watch::Sender<bool>,
    _serving: JoinSet<()>,
}

impl DeadSide {
    /// Starts it on a free port; it answers.
    pub(super) async fn start() -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let (answers, says) = watch::channel(true);
        let mut serving = JoinSet::new();
        serving.spawn(serve(listener, says));
        Ok(Self { address, answers, _serving: serving })
    }

    /// An endpoint of it.
    pub(super) fn endpoint(&self, number: usize) -> String {
        format!("http://{}/push/{number}", self.address)
    }

    /// Whether it answers from now on; those who wait are answered too.
    pub(super) fn answers(&self, answers: bool) {
        self.answers.send_replace(answers);
    }
}

async fn serve(listener: TcpListener, says: watch::Receiver<bool>) {
    let mut lines = JoinSet::new();
    while let Ok((stream, _)) = listener.accept().await {
        let says = says.clone();
        lines.spawn(async move {
            let service = service_fn(move |request: Request<Incoming>| answer(request, says.clone()));
            // Whoever has waited enough hangs up, which is what is measured.
            let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
        });
        while lines.try_join_next().is_some() {}
    }
}

async fn answer(request: Request<Incoming>, mut says: watch::Receiver<bool>) -> Result<Response<Body>> {
    request.into_body().collect().await?;
    says.wait_for(|answers| *answers).await?;
    Ok(Response::builder().status(201).body(Body::empty())?)
}
