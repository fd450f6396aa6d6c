//! The ledger over HTTP: routes on one screen, one file per noun, problems with stable codes.
//! Nothing is decided here: statements go to the ledger, questions to the views.

mod accept;
mod access;
mod app;
mod audit;
mod body;
mod bundle;
mod caller;
mod checkpoint;
mod events;
mod guard;
mod health;
mod media;
mod metrics;
mod nouns;
mod page;
mod pages;
mod params;
mod pipe;
mod piped;
mod problem;
mod reading;
mod routes;
mod statements;
mod tiles;
mod twins;
mod witness;
mod wording;

#[cfg(test)]
mod tests;

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;

use crate::ledger::Ledger;
use crate::peer::cosign::Cosigning;

pub use piped::Piped;
pub use problem::{Kind, Problem};
pub use witness::serve_witness;
pub use wording::Language;

/// Limits of the service. None of them weakens what a receipt means.
#[derive(Clone, Debug)]
pub struct Config {
    /// First byte and whole head of a request, and a pause between two.
    pub head_deadline: Duration,
    /// Between two pieces of a body, and for its first.
    pub body_deadline: Duration,
    /// For all requests at work when the stop signal comes.
    pub drain_deadline: Duration,
    /// Connections served at once.
    pub connections_max: usize,
    /// What the ledger's witnesses gave; without it the newest checkpoint is published.
    pub cosigning: Option<Arc<Cosigning>>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            head_deadline: Duration::from_secs(10),
            body_deadline: Duration::from_secs(10),
            drain_deadline: Duration::from_secs(30),
            connections_max: 4096,
            cosigning: None,
        }
    }
}

/// Serves a ledger until `shutdown`, then drains. The ledger is not closed: whoever opened it does.
///
/// # Errors
/// When the listener has no address.
pub async fn serve(
    ledger: Ledger,
    listener: TcpListener,
    shutdown: impl Future<Output = ()>,
    config: Config,
) -> std::io::Result<()> {
    let address = listener.local_addr()?;
    tracing::info!(%address, "serving");
    let router = routes::router(app::App::new(ledger, config.clone()));
    accept::run(listener, router, shutdown, &config).await;
    Ok(())
}
