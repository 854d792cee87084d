//! One handshake instead of fifty.
//!
//! Over HTTP/2 one connection carries all requests to a host, but requests that start together
//! cannot know that yet, and each would make a connection of its own: fifty TLS handshakes, of
//! which forty-nine are thrown away. So the first request to an `https` origin goes ahead, and
//! the others wait until it is connected, or has failed. Over HTTP/1.1 they then connect as usual.

use std::collections::HashMap;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::sync::watch;
use tower_layer::Layer;
use tower_service::Service;
use url::{Origin, Url};

/// How long a new connection takes to reach the pool where the others look for it. It is a matter
/// of microseconds; one that is missed costs a handshake, nothing more.
const TO_THE_POOL: Duration = Duration::from_millis(1);

tokio::task_local! {
    /// Set while the request that goes ahead is under way.
    static AHEAD: Ahead;
}

/// The right to go ahead: the others follow when it is used up, dropped at the latest.
#[derive(Clone)]
pub(crate) struct Ahead(Arc<watch::Sender<bool>>);

impl Ahead {
    /// Runs a request for which the others wait.
    pub(crate) async fn lead<T>(self, request: impl Future<Output = T>) -> T {
        AHEAD.scope(self, request).await
    }
}

/// The origins that were asked for something, each with whether it is connected.
#[derive(Default)]
pub(crate) struct Gates {
    by_origin: Mutex<HashMap<Origin, watch::Receiver<bool>>>,
}

impl Gates {
    /// Goes ahead as the first request to an origin, or waits for the one that does.
    pub(crate) async fn pass(&self, url: &Url) -> Option<Ahead> {
        if url.scheme() != "https" {
            return None;
        }
        let mut connected = match self.join(url.origin()) {
            Ok(ahead) => return Some(ahead),
            Err(connected) => connected,
        };
        // An error means that the first one ended without a connection: then it is our turn.
        let _ = connected.wait_for(|connected| *connected).await;
        None
    }

    fn join(&self, origin: Origin) -> Result<Ahead, watch::Receiver<bool>> {
        let mut gates = self
            .by_origin
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if let Some(connected) = gates.get(&origin) {
            return Err(connected.clone());
        }
        let (sender, receiver) = watch::channel(false);
        gates.insert(origin, receiver);
        Ok(Ahead(Arc::new(sender)))
    }
}

/// Wraps the connector: tells those who wait that there is a connection.
#[derive(Clone, Copy)]
pub(crate) struct Announce;

impl<S> Layer<S> for Announce {
    type Service = Announcing<S>;

    fn layer(&self, inner: S) -> Self::Service {
        Announcing(inner)
    }
}

/// A connector that announces what it connects.
#[derive(Clone)]
pub(crate) struct Announcing<S>(S);

impl<S, R> Service<R> for Announcing<S>
where
    S: Service<R>,
    S::Future: Send + 'static,
    S::Response: Send,
    S::Error: Send,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<S::Response, S::Error>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.0.poll_ready(context)
    }

    fn call(&mut self, request: R) -> Self::Future {
        let connecting = self.0.call(request);
        // A request connects within its own task, so this is the one that goes ahead, or none.
        let ahead = AHEAD.try_with(Ahead::clone).ok();
        Box::pin(async move {
            let connection = connecting.await?;
            if let Some(Ahead(sender)) = ahead {
                tokio::spawn(async move {
                    tokio::time::sleep(TO_THE_POOL).await;
                    sender.send_replace(true);
                });
            }
            Ok(connection)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> Url {
        Url::parse(text).unwrap()
    }

    fn run(test: impl Future<Output = ()>) {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .build();
        runtime.unwrap().block_on(test);
    }

    /// Whether one would have to wait.
    async fn waits(gates: &Gates, url: &Url) -> bool {
        tokio::time::timeout(Duration::from_millis(20), gates.pass(url))
            .await
            .is_err()
    }

    #[test]
    fn the_others_wait_for_the_connection() {
        run(async {
            let (gates, first) = (Gates::default(), url("https://example.org/a"));
            let ahead = gates.pass(&first).await.expect("the first goes ahead");
            assert!(waits(&gates, &url("https://example.org/b")).await);
            assert!(
                gates
                    .pass(&url("https://example.org:8443/"))
                    .await
                    .is_some()
            );
            assert!(gates.pass(&url("http://example.org/")).await.is_none());
            ahead.0.send_replace(true);
            assert!(!waits(&gates, &first).await);
            drop(ahead);
            assert!(!waits(&gates, &first).await);
        });
    }

    #[test]
    fn a_failure_of_the_first_holds_nobody() {
        run(async {
            let (gates, first) = (Gates::default(), url("https://example.org/a"));
            let ahead = gates.pass(&first).await.expect("the first goes ahead");
            ahead.lead(async {}).await;
            assert!(!waits(&gates, &first).await);
        });
    }
}
