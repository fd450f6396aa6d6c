//! Every route there is, on one screen.

use axum::Router;
use axum::http::{Extensions, HeaderMap, StatusCode, Uri, Version};
use axum::middleware::from_fn_with_state;
use axum::routing::{get, post};
use tower::ServiceBuilder;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::{DefaultPredicate, Predicate as _};

use super::app::App;
use super::problem::Problem;
use super::{
    access, audit, bundle, checkpoint, events, guard, health, nouns, pages, pipe, statements, tiles, twins,
};

/// The service.
pub(super) fn router(app: App) -> Router {
    let open = Router::new()
        .route("/healthz", get(health::process))
        .route("/readyz", get(health::ready))
        .route("/problems/{code}", get(pages::problem))
        // Who may write is judged there: a body that cannot be read is told so before its token.
        .route("/v1/events", post(statements::submit))
        .route("/v1/events/pipe", post(pipe::pipe));
    let read = Router::new()
        .route("/v1/events", get(events::list))
        .route("/v1/events.ndjson", get(twins::ndjson))
        .route("/v1/events.csv", get(twins::csv))
        .route("/v1/events/{seq}", get(events::one))
        .route("/v1/events/{seq}/proof", get(events::proof))
        .route("/v1/agencies", get(nouns::agency::list))
        .route("/v1/agencies/{id}", get(nouns::agency::one))
        .route("/v1/responsibilities", get(nouns::responsibility::list))
        .route("/v1/responsibilities/{id}", get(nouns::responsibility::one))
        .route("/v1/responsibilities/{id}/timeline", get(nouns::responsibility::timeline))
        .route("/v1/assignments", get(nouns::assignment::list))
        .route("/v1/assignments/{id}", get(nouns::assignment::one))
        .route("/v1/handoffs", get(nouns::handoff::list))
        .route("/v1/handoffs/{id}", get(nouns::handoff::one))
        .route("/v1/acts", get(nouns::act::list))
        .route("/v1/acts/{id}", get(nouns::act::one))
        .route("/v1/findings", get(nouns::finding::list))
        .route("/v1/decisions", get(nouns::decision::list))
        .route("/v1/decisions/{id}", get(nouns::decision::one))
        .route("/v1/claims", get(nouns::claim::list))
        .route("/v1/claims/{id}", get(nouns::claim::one))
        .route("/v1/forums", get(nouns::forum::list))
        .route("/v1/forums/{id}", get(nouns::forum::one))
        .route("/v1/commitments", get(nouns::commitment::list))
        .route("/v1/commitments/{id}", get(nouns::commitment::one))
        .route("/v1/programmes", get(nouns::programme::list))
        .route("/v1/programmes/{id}", get(nouns::programme::one))
        .route("/v1/territories", get(nouns::territory::list))
        .route("/v1/territories/{id}", get(nouns::territory::one))
        .route("/v1/instruments", get(nouns::instrument::list))
        .route("/v1/instruments/{ref}", get(nouns::instrument::one))
        .route("/v1/access", get(access::list))
        .route("/v1/audit", get(audit::state))
        .route("/v1/audit/inclusion", get(audit::inclusion))
        .route("/v1/audit/consistency", get(audit::consistency))
        .route("/v1/audit/bundle", get(bundle::one))
        .route("/checkpoint", get(checkpoint::published))
        .route("/tile/{*path}", get(tiles::one))
        .route("/metrics", get(health::metrics))
        .route_layer(from_fn_with_state(app.clone(), guard::may_read));
    open.merge(read)
        .fallback(nowhere)
        .layer(
            // one layer of three: each by itself would be boxed, and copied with every request
            ServiceBuilder::new()
                .layer(CompressionLayer::new().compress_when(DefaultPredicate::new().and(settled)))
                .layer(from_fn_with_state(app.clone(), guard::outermost))
                .layer(CatchPanicLayer::custom(guard::panicked)),
        )
        .with_state(app)
}

/// Whether an answer is not one that is still being waited for piece by piece, or that stays as long.
fn settled(_: StatusCode, _: Version, _: &HeaderMap, extensions: &Extensions) -> bool {
    extensions.get::<pipe::Live>().is_none() && extensions.get::<tiles::Dense>().is_none()
}

async fn nowhere(uri: Uri) -> Problem {
    let path: String = uri.path().chars().take(120).collect();
    Problem::not_found(format!("there is no route {path}"))
}
