//! The other end of `rpc`: a runtime of this process, served by JSON-RPC 2.0 on stdio.
//!
//! `mochi-py-host` does so for the modes that link much, so that `mochi` itself need not. The
//! methods are those of `subprocess_server.py`; host functions are asked of the other side.

use crate::Value;
use crate::call::{Call, CallError, Canceller, HostError, Hosts, Pending, Runtime};
use crate::rpc::{Reply, lock, reply_error};
use crate::wire::{from_message, to_message};
use std::collections::HashMap;
use std::io::{BufRead, Write};
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Mutex};

/// Makes a runtime of what `initialize` says, with the host functions of the other side.
pub type Start<'s> = dyn Fn(&Value, Hosts) -> Result<Box<dyn Runtime>, CallError> + 's;

struct Server<W> {
    writer: Mutex<W>,
    /// Host functions that the other side works on.
    asked: Mutex<Asked>,
    /// What cancels the calls that run.
    running: Mutex<HashMap<u64, Canceller>>,
}

#[derive(Default)]
struct Asked {
    next: u64,
    answers: HashMap<String, Sender<Result<Value, HostError>>>,
}

/// Serves until the other side shuts it down or goes away.
pub fn serve(reader: impl BufRead, writer: impl Write + Send + 'static, start: &Start<'_>) {
    let server = Arc::new(Server {
        writer: Mutex::new(writer),
        asked: Mutex::default(),
        running: Mutex::default(),
    });
    let mut runtime: Option<Box<dyn Runtime>> = None;
    for line in reader.lines() {
        let Ok(Ok(message)) = line.map(|line| from_message(&line)) else {
            break;
        };
        if !server.handle(message, &mut runtime, start) {
            break;
        }
    }
    if let Some(runtime) = runtime {
        runtime.shutdown();
    }
}

impl<W: Write + Send + 'static> Server<W> {
    /// Does what a message asks for; whether to go on.
    fn handle(
        self: &Arc<Self>,
        mut message: Value,
        runtime: &mut Option<Box<dyn Runtime>>,
        start: &Start<'_>,
    ) -> bool {
        let id = message.get("id").and_then(whole).unwrap_or_default();
        let params = message.remove("params");
        let Some(Value::Str(method)) = message.remove("method") else {
            self.answered(&mut message);
            return true;
        };
        match (&*method, &runtime) {
            ("initialize", _) => {
                let params = params.unwrap_or(Value::Null);
                let started = start(&params, self.hosts());
                let started = started.map(|started| *runtime = Some(started));
                self.reply(id, started.map(|()| Value::Null));
            }
            ("call", Some(runtime)) => match runtime.begin(&call_of(params)) {
                Ok(pending) => self.run(id, pending),
                Err(error) => self.reply(id, Err(error)),
            },
            ("cancel", _) => {
                let number = params.as_ref().and_then(|params| params.get("id"));
                let number = number.and_then(whole).unwrap_or_default();
                if let Some(cancel) = lock(&self.running).get(&number) {
                    cancel();
                }
            }
            ("shutdown", _) => {
                self.reply(id, Ok(Value::Null));
                return false;
            }
            _ => self.line(&format!(
                r#"{{"jsonrpc":"2.0","id":{id},"error":{{"code":-32600,"message":"initialize comes first; then there are call, cancel and shutdown"}}}}"#
            )),
        }
        true
    }

    /// The other side's host functions: whatever name is called, it is asked for it.
    fn hosts(self: &Arc<Self>) -> Hosts {
        let server = Arc::clone(self);
        Hosts::asking(Arc::new(move |name, args| server.ask(name, args)))
    }

    fn ask(&self, name: &str, args: Vec<Value>) -> Result<Value, HostError> {
        let params = Value::Map(vec![
            ("name".into(), name.into()),
            ("args".into(), Value::List(args)),
        ]);
        let text =
            to_message(&params).map_err(|error| HostError::new("ValueError", error.to_string()))?;
        let (sender, answer) = channel();
        let number = {
            let mut asked = lock(&self.asked);
            asked.next += 1;
            let number = format!("p{}", asked.next);
            asked.answers.insert(number.clone(), sender);
            number
        };
        self.line(&format!(
            r#"{{"jsonrpc":"2.0","id":"{number}","method":"host","params":{text}}}"#
        ));
        let gone = || HostError::new("NoHost", "the host has gone away");
        answer.recv().map_err(|_| gone())?
    }

    fn answered(&self, message: &mut Value) {
        let id = message
            .get("id")
            .and_then(Value::as_str)
            .unwrap_or_default();
        let waiting = lock(&self.asked).answers.remove(id);
        let answer = match message.remove("error") {
            Some(mut error) => Err(host_error(error.remove("data").unwrap_or(Value::Null))),
            None => Ok(message.remove("result").unwrap_or(Value::Null)),
        };
        if let Some(waiting) = waiting {
            // The call that asked may be over.
            let _ = waiting.send(answer);
        }
    }

    /// Waits for a call on a thread of its own, and answers.
    fn run(self: &Arc<Self>, id: u64, pending: Box<dyn Pending>) {
        lock(&self.running).insert(id, pending.canceller());
        let server = Arc::clone(self);
        std::thread::spawn(move || {
            let reply = pending.wait();
            lock(&server.running).remove(&id);
            server.reply(id, reply);
        });
    }

    fn reply(&self, id: u64, reply: Reply) {
        let body = reply.and_then(|value| Ok(format!(r#""result":{}"#, to_message(&value)?)));
        let body = body.unwrap_or_else(|error| format!(r#""error":{}"#, reply_error(&error)));
        self.line(&format!(r#"{{"jsonrpc":"2.0","id":{id},{body}}}"#));
    }

    fn line(&self, text: &str) {
        let mut writer = lock(&self.writer);
        // Where nobody reads any more, the reader ends too.
        let _ = writeln!(writer, "{text}").and_then(|()| writer.flush());
    }
}

fn whole(value: &Value) -> Option<u64> {
    match value {
        Value::Int(number) => number
            .to_i64()
            .and_then(|number| u64::try_from(number).ok()),
        _ => None,
    }
}

fn call_of(params: Option<Value>) -> Call {
    let mut params = params.unwrap_or(Value::Null);
    let mut text = |key| match params.remove(key) {
        Some(Value::Str(text)) => text,
        _ => String::new(),
    };
    let (module, function) = (text("module"), text("function"));
    Call {
        module,
        function,
        args: match params.remove("args") {
            Some(Value::List(args)) => args,
            _ => Vec::new(),
        },
        kwargs: match params.remove("kwargs") {
            Some(Value::Map(kwargs)) => kwargs,
            _ => Vec::new(),
        },
        // Whoever waits over there has the time.
        timeout: None,
    }
}

/// What `rpc::described` made of an error.
fn host_error(mut data: Value) -> HostError {
    let mut text = |key| match data.remove(key) {
        Some(Value::Str(text)) => text,
        _ => String::new(),
    };
    HostError {
        kind: text("kind"),
        message: text("message"),
        payload: data.remove("payload"),
        cause: data
            .remove("cause")
            .map(|cause| Box::new(host_error(cause))),
    }
}
