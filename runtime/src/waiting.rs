//! A call whose reply arrives by a channel: what the modes share of waiting for it.

use crate::call::{Call, CallError, Canceller, Pending};
use crate::rpc::Reply;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

/// A call that Python works on.
pub(crate) struct Waiting {
    reply: Receiver<Reply>,
    limit: Option<(Duration, Instant)>,
    function: String,
    cancel: Arc<dyn Fn() + Send + Sync>,
    /// Why there will be no reply.
    ended: Box<dyn Fn() -> CallError + Send>,
}

impl Waiting {
    /// A call that begins now. `cancel` stops it; `ended` says why there will be no reply.
    pub(crate) fn begun(
        call: &Call,
        reply: Receiver<Reply>,
        cancel: impl Fn() + Send + Sync + 'static,
        ended: impl Fn() -> CallError + Send + 'static,
    ) -> Box<dyn Pending> {
        Box::new(Self {
            reply,
            limit: call.timeout.map(|limit| (limit, Instant::now())),
            function: call.function.clone(),
            cancel: Arc::new(cancel),
            ended: Box::new(ended),
        })
    }
}

impl Pending for Waiting {
    fn wait(self: Box<Self>) -> Reply {
        let Some((limit, begun)) = self.limit else {
            return self.reply.recv().unwrap_or_else(|_| Err((self.ended)()));
        };
        let left = limit.saturating_sub(begun.elapsed());
        match self.reply.recv_timeout(left) {
            Ok(reply) => reply,
            Err(RecvTimeoutError::Disconnected) => Err((self.ended)()),
            Err(RecvTimeoutError::Timeout) => {
                self.cancel();
                Err(CallError::Timeout {
                    function: self.function.clone(),
                    limit,
                })
            }
        }
    }

    fn canceller(&self) -> Canceller {
        let cancel = Arc::clone(&self.cancel);
        Box::new(move || cancel())
    }
}
