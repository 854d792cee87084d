//! What an instance asks of the host, and the calls that it works on meanwhile.

use super::bindings::{Host, Nested, Step};
use crate::call::{CallError, HostError, Hosts};
use crate::rpc::{Reply, described, lock};
use crate::wire::{from_message, to_message};
use crate::{Value, rpc};
use std::collections::{BTreeSet, HashMap, VecDeque};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// What arrives at the thread of an instance.
pub(super) enum Message {
    /// A call.
    Call(Job),
    /// What `ping` is given.
    Ping(Vec<u8>, Sender<Vec<u8>>),
    /// The end of a host function.
    Host(u64, Result<Value, HostError>),
    /// A call was cancelled.
    Cancelled,
    /// The instance is to end.
    End,
}

/// A call on its way.
pub(super) struct Job {
    pub(super) number: u64,
    pub(super) payload: Vec<u8>,
    pub(super) reply: Sender<Reply>,
}

/// What other threads may look at.
#[derive(Default)]
pub(super) struct Control {
    /// The calls that are cancelled and do not know it.
    pub(super) cancelled: Mutex<BTreeSet<u64>>,
    /// The calls that run, the innermost last.
    pub(super) running: Mutex<Vec<u64>>,
}

impl Control {
    /// Whether the innermost call is cancelled; it is told once.
    fn tell_innermost(&self) -> bool {
        let running = lock(&self.running);
        let innermost = running.last();
        innermost.is_some_and(|number| lock(&self.cancelled).remove(number))
    }
}

/// The host's side of an instance.
pub(super) struct Link {
    pub(super) hosts: Hosts,
    pub(super) sender: Sender<Message>,
    pub(super) receiver: Receiver<Message>,
    pub(super) control: Arc<Control>,
    /// The replies of the calls that run, the innermost last.
    jobs: Vec<Sender<Reply>>,
    /// Calls that came when they could not run.
    backlog: VecDeque<Job>,
    /// Host functions that Python waits for, the innermost last.
    waiting: Vec<u64>,
    next: u64,
    done: HashMap<u64, Result<Value, HostError>>,
    ends: bool,
}

/// What the thread of an instance is to do next.
pub(super) enum Next {
    Call(Job),
    Ping(Vec<u8>, Sender<Vec<u8>>),
    End,
}

impl Link {
    pub(super) fn new(
        hosts: Hosts,
        sender: Sender<Message>,
        receiver: Receiver<Message>,
        control: Arc<Control>,
    ) -> Self {
        Self {
            hosts,
            sender,
            receiver,
            control,
            jobs: Vec::new(),
            backlog: VecDeque::new(),
            waiting: Vec::new(),
            next: 0,
            done: HashMap::new(),
            ends: false,
        }
    }

    /// What comes next, when nothing runs.
    pub(super) fn next(&mut self) -> Next {
        // Whoever waited for them is gone.
        self.done.clear();
        loop {
            if self.ends {
                return Next::End;
            }
            if let Some(job) = self.backlog.pop_front() {
                return Next::Call(job);
            }
            match self.receiver.recv() {
                Ok(Message::Ping(payload, reply)) => return Next::Ping(payload, reply),
                Ok(message) => self.take(message),
                Err(_) => return Next::End,
            }
        }
    }

    fn take(&mut self, message: Message) {
        match message {
            Message::Call(job) => self.backlog.push_back(job),
            Message::Host(token, result) => {
                self.done.insert(token, result);
            }
            // Whoever pings while a call runs measures nothing.
            Message::Ping(..) | Message::Cancelled => {}
            Message::End => self.ends = true,
        }
    }

    /// Begins a call, unless it is cancelled already; what Python is given for it.
    pub(super) fn begin(&mut self, job: Job) -> Option<Nested> {
        if lock(&self.control.cancelled).remove(&job.number) {
            // Whoever waited may have given up.
            let _ = job.reply.send(Err(CallError::Cancelled));
            return None;
        }
        lock(&self.control.running).push(job.number);
        self.jobs.push(job.reply);
        Some(Nested {
            number: job.number,
            payload: job.payload,
        })
    }

    /// Ends the innermost call.
    pub(super) fn finish(&mut self, outcome: Result<Vec<u8>, Vec<u8>>) {
        let number = lock(&self.control.running).pop();
        if let Some(number) = number {
            lock(&self.control.cancelled).remove(&number);
        }
        if let Some(reply) = self.jobs.pop() {
            let _ = reply.send(reply_of(outcome));
        }
    }

    /// Ends all calls: the instance is gone. The innermost has its own reason.
    pub(super) fn fail(&mut self, innermost: CallError, others: &CallError) {
        let backlog = std::mem::take(&mut self.backlog);
        let mut replies = std::mem::take(&mut self.jobs);
        if let Some(reply) = replies.pop() {
            let _ = reply.send(Err(innermost));
        }
        for reply in replies
            .into_iter()
            .chain(backlog.into_iter().map(|job| job.reply))
        {
            let _ = reply.send(Err(others.clone()));
        }
        while let Ok(message) = self.receiver.try_recv() {
            if let Message::Call(job) = message {
                let _ = job.reply.send(Err(others.clone()));
            }
        }
    }

    /// What the innermost call that waits for a host function is to do.
    fn step(&mut self) -> Step {
        let Some(token) = self.waiting.last().copied() else {
            return Step::Cancelled;
        };
        loop {
            if let Some(result) = self.done.remove(&token) {
                self.waiting.pop();
                return step_of(result);
            }
            if self.ends || self.control.tell_innermost() {
                self.waiting.pop();
                return Step::Cancelled;
            }
            if let Some(job) = self.backlog.pop_front() {
                match self.begin(job) {
                    Some(nested) => return Step::Invoke(nested),
                    None => continue,
                }
            }
            match self.receiver.recv() {
                Ok(message) => self.take(message),
                Err(_) => self.ends = true,
            }
        }
    }
}

impl Host for Link {
    fn call(&mut self, name: String, args: Vec<u8>) -> Step {
        let args = match std::str::from_utf8(&args).map(from_message) {
            Ok(Ok(Value::List(args))) => args,
            _ => Vec::new(),
        };
        self.next += 1;
        let (token, hosts, sender) = (self.next, self.hosts.clone(), self.sender.clone());
        self.waiting.push(token);
        std::thread::spawn(move || {
            // The instance may be gone.
            let _ = sender.send(Message::Host(token, hosts.call(&name, args)));
        });
        self.step()
    }

    fn resume(&mut self, _number: u64, ok: bool, outcome: Vec<u8>) -> Step {
        self.finish(if ok { Ok(outcome) } else { Err(outcome) });
        self.step()
    }

    fn wait(&mut self, nanoseconds: u64) -> bool {
        let end = Instant::now().checked_add(Duration::from_nanos(nanoseconds));
        loop {
            if self.ends || self.control.tell_innermost() {
                return true;
            }
            let left = end.map_or(Duration::MAX, |end| {
                end.saturating_duration_since(Instant::now())
            });
            if left.is_zero() {
                return false;
            }
            match self.receiver.recv_timeout(left) {
                Ok(message) => self.take(message),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => self.ends = true,
            }
        }
    }
}

/// What Python is given for the end of a host function.
fn step_of(result: Result<Value, HostError>) -> Step {
    let text = result
        .and_then(|value| {
            to_message(&value).map_err(|error| HostError::new("ValueError", error.to_string()))
        })
        .map_err(|error| to_message(&described(error)));
    match text {
        Ok(text) => Step::Done(text.into_bytes()),
        Err(Ok(text)) => Step::Failed(text.into_bytes()),
        // A payload that is too deep is left out.
        Err(Err(_)) => Step::Failed(br#"{"message":"the host failed"}"#.to_vec()),
    }
}

/// The reply of a call's outcome.
fn reply_of(outcome: Result<Vec<u8>, Vec<u8>>) -> Reply {
    let is_result = outcome.is_ok();
    let bytes = outcome.unwrap_or_else(|bytes| bytes);
    let text = String::from_utf8_lossy(&bytes);
    let value = from_message(&text)?;
    if is_result {
        Ok(value)
    } else {
        Err(rpc::call_error(&value))
    }
}
