//! The thread that owns an instance.

use super::WasiOptions;
use super::bindings::{Bridge, add_to_linker};
use super::component::{self, Component};
use super::link::{Control, Job, Link, Message, Next};
use super::stderr::Stderr;
use crate::Value;
use crate::call::CallError;
use crate::rpc::{Reply, call_error, lock};
use crate::wire::{from_message, to_message};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use wasmtime::component::{HasSelf, Linker, ResourceTable};
use wasmtime::{Engine, Store, UpdateDeadline};
use wasmtime_wasi::{FsPerms, I32Exit, WasiCtx, WasiCtxBuilder, WasiCtxView, WasiView};

/// How long a call that was cancelled may take to end by itself.
const GRACE: Duration = Duration::from_secs(1);
/// The stack of the thread, in bytes: what WebAssembly may use, and room for the host on top.
const STACK: usize = component::WASM_STACK + (8 << 20);

/// An instance, as other threads see it.
pub(super) struct Worker {
    engine: Engine,
    sender: Sender<Message>,
    control: Arc<Control>,
    next: AtomicU64,
    /// Whether the instance is to be stopped wherever it is.
    stop: Arc<AtomicBool>,
    ended: Arc<Mutex<Option<CallError>>>,
}

struct State {
    wasi: WasiCtx,
    table: ResourceTable,
    link: Link,
}

impl WasiView for State {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView {
            ctx: &mut self.wasi,
            table: &mut self.table,
        }
    }
}

fn not_started(why: impl std::fmt::Display) -> CallError {
    CallError::Start {
        python: "the WASI component".to_owned(),
        why: why.to_string(),
        stderr: String::new(),
    }
}

impl Worker {
    /// Makes an instance, on a thread of its own.
    pub(super) fn start(
        component: &Component,
        options: &WasiOptions,
    ) -> Result<Arc<Self>, CallError> {
        let (engine, compiled) = component.load().map_err(not_started)?;
        let (sender, receiver) = channel();
        let (control, stderr) = (Arc::<Control>::default(), Stderr::new(!options.drop_stderr));
        let worker = Arc::new(Self {
            engine: engine.clone(),
            sender: sender.clone(),
            control: Arc::clone(&control),
            next: AtomicU64::new(1),
            stop: Arc::default(),
            ended: Arc::default(),
        });
        let link = Link::new(options.hosts.clone(), sender, receiver, control);
        let wasi = context(options, &stderr).map_err(not_started)?;
        let table = ResourceTable::new();
        let mut store = Store::new(&engine, State { wasi, table, link });
        let stop = Arc::clone(&worker.stop);
        // What crosses is bounded by the memory of both sides.
        store.set_hostcall_fuel(usize::MAX);
        store.set_epoch_deadline(1);
        store.epoch_deadline_callback(move |_| {
            Ok(match stop.load(Ordering::Relaxed) {
                true => UpdateDeadline::Interrupt,
                false => UpdateDeadline::Continue(1),
            })
        });
        let initial = initial(options)?;
        let (started, start) = channel();
        let (ended, stop) = (Arc::clone(&worker.ended), Arc::clone(&worker.stop));
        let thread = std::thread::Builder::new()
            .stack_size(STACK)
            .spawn(move || {
                let begun = instance(&engine, &compiled, &mut store, &initial);
                match begun {
                    Ok(bridge) => {
                        let _ = started.send(Ok(()));
                        work(&bridge, &mut store, &stderr, &stop, &ended);
                    }
                    Err(error) => {
                        let _ = started.send(Err(error));
                    }
                }
            });
        thread.map_err(not_started)?;
        let gone = |_| not_started(format!("it ended: {}", worker.shown_end()));
        start.recv().map_err(gone)??;
        Ok(worker)
    }

    /// Sends a call; its number, and where its reply arrives.
    pub(super) fn begin(&self, payload: Vec<u8>) -> Result<(u64, Receiver<Reply>), CallError> {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let (reply, receiver) = channel();
        if let Some(error) = lock(&self.ended).clone() {
            return Err(error);
        }
        let job = Job {
            number,
            payload,
            reply,
        };
        match self.sender.send(Message::Call(job)) {
            Ok(()) => Ok((number, receiver)),
            Err(_) => Err(self.end_of()),
        }
    }

    pub(super) fn ping(&self, payload: Vec<u8>) -> Result<Vec<u8>, CallError> {
        let (reply, receiver) = channel();
        let sent = self.sender.send(Message::Ping(payload, reply)).ok();
        match sent.and_then(|()| receiver.recv().ok()) {
            Some(payload) => Ok(payload),
            None => Err(self.end_of()),
        }
    }

    /// Cancels a call: where it awaits or waits, else by stopping the instance after a while.
    pub(super) fn cancel(&self, number: u64) {
        lock(&self.control.cancelled).insert(number);
        // The instance may be gone.
        let _ = self.sender.send(Message::Cancelled);
        let (control, stop) = (Arc::clone(&self.control), Arc::clone(&self.stop));
        let engine = self.engine.clone();
        std::thread::spawn(move || {
            std::thread::sleep(GRACE);
            if lock(&control.running).last() == Some(&number) {
                stop.store(true, Ordering::Relaxed);
                engine.increment_epoch();
            }
        });
    }

    /// Ends the instance, wherever it is.
    pub(super) fn end(&self) {
        lock(&self.ended).get_or_insert_with(|| CallError::Ended {
            status: "it was shut down".to_owned(),
            stderr: String::new(),
        });
        let _ = self.sender.send(Message::End);
        self.stop.store(true, Ordering::Relaxed);
        self.engine.increment_epoch();
    }

    /// Why there are no replies any more.
    pub(super) fn end_of(&self) -> CallError {
        lock(&self.ended).clone().unwrap_or(CallError::Cancelled)
    }

    fn shown_end(&self) -> String {
        let ended = lock(&self.ended).clone();
        ended.map_or_else(|| "nobody knows why".to_owned(), |error| error.to_string())
    }
}

/// What WASI gives the instance.
fn context(options: &WasiOptions, stderr: &Stderr) -> wasmtime::Result<WasiCtx> {
    let mut builder = WasiCtxBuilder::new();
    builder.stdout(stderr.clone()).stderr(stderr.clone());
    builder.envs(&options.env);
    for (at, folder) in options.paths.iter().enumerate() {
        builder.preopened_dir(folder, path_of(at), FsPerms::ReadOnly)?;
    }
    for grant in &options.grants {
        let permissions = match grant.writable {
            true => FsPerms::ReadWrite,
            false => FsPerms::ReadOnly,
        };
        builder.preopened_dir(&grant.host, &grant.guest, permissions)?;
    }
    if options.network {
        builder
            .inherit_network()
            .allow_tcp(true)
            .allow_udp(true)
            .allow_ip_name_lookup(true);
    }
    // Only Python runs on the thread, which is there for it.
    builder.allow_blocking_current_thread(true);
    Ok(builder.build())
}

/// Where Python sees a folder that it imports from.
fn path_of(at: usize) -> String {
    format!("/mochi/path/{at}")
}

/// What `initialize` is given.
fn initial(options: &WasiOptions) -> Result<Vec<u8>, CallError> {
    let paths = (0..options.paths.len()).map(|at| Value::Str(path_of(at)));
    let env = options
        .env
        .iter()
        .map(|(name, value)| (name.clone(), Value::from(&**value)));
    let params = Value::Map(vec![
        ("paths".into(), Value::List(paths.collect())),
        ("env".into(), Value::Map(env.collect())),
        ("async-mode".into(), options.async_mode.name().into()),
    ]);
    Ok(to_message(&params)?.into_bytes())
}

fn instance(
    engine: &Engine,
    component: &wasmtime::component::Component,
    store: &mut Store<State>,
    initial: &[u8],
) -> Result<Bridge, CallError> {
    let mut linker = Linker::new(engine);
    let bridge = wasmtime_wasi::p2::add_to_linker_sync(&mut linker)
        .and_then(|()| {
            add_to_linker::<_, HasSelf<Link>>(&mut linker, |state: &mut State| &mut state.link)
        })
        .and_then(|()| Bridge::instantiate(&mut *store, component, &linker))
        .map_err(|error| not_started(format!("{error:#}")))?;
    match bridge.call_initialize(&mut *store, initial) {
        Ok(Ok(_)) => Ok(bridge),
        Ok(Err(text)) => Err(match from_message(&String::from_utf8_lossy(&text)) {
            Ok(error) => not_started(call_error(&error)),
            Err(error) => not_started(error),
        }),
        Err(error) => Err(not_started(format!("{error:#}"))),
    }
}

/// Works on calls until the instance ends.
fn work(
    bridge: &Bridge,
    store: &mut Store<State>,
    stderr: &Stderr,
    stop: &AtomicBool,
    ended: &Mutex<Option<CallError>>,
) {
    loop {
        let failed = match store.data_mut().link.next() {
            Next::End => return,
            Next::Ping(payload, reply) => match bridge.call_ping(&mut *store, &payload) {
                Ok(payload) => {
                    let _ = reply.send(payload);
                    continue;
                }
                Err(error) => error,
            },
            Next::Call(job) => {
                let Some(nested) = store.data_mut().link.begin(job) else {
                    continue;
                };
                match bridge.call_invoke(&mut *store, nested.number, &nested.payload) {
                    Ok(outcome) => {
                        store.data_mut().link.finish(outcome);
                        continue;
                    }
                    Err(error) => error,
                }
            }
        };
        let stopped = stop.load(Ordering::Relaxed);
        let status = match (failed.downcast_ref::<I32Exit>(), stopped) {
            (Some(I32Exit(code)), _) => format!("exit status: {code}"),
            (None, true) => {
                "a call that was cancelled went on and was stopped; restart it".to_owned()
            }
            (None, false) => format!("{:#}", failed),
        };
        let error = CallError::Ended {
            status,
            stderr: stderr.last_words(),
        };
        let error = lock(ended).get_or_insert(error).clone();
        let innermost = match stopped {
            true => CallError::Cancelled,
            false => error.clone(),
        };
        store.data_mut().link.fail(innermost, &error);
        return;
    }
}
