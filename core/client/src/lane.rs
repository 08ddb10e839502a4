//! One lane of one connection: a stream with many links on it, a task that writes and a task that reads.
//!
//! The writer takes all that waits and writes it at once. The reader cuts frames, finds the link by its number and hands
//! the frame over under the link's lock; it waits for nobody, so a link that isn't read holds up no other.
//!
//! Locks: a link's own first, then the lane's (outbox, routes), each alone and for a few steps. Never both lane locks.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use frontdesk_proto::stream::StreamKind;
use frontdesk_proto::{frame, limits, v1};
use parking_lot::{Mutex, MutexGuard};
use prost::Message as _;
use quinn::{Connection, ReadError, RecvStream, SendStream, WriteError};
use tokio::sync::Notify;

use crate::cell::Cell;
use crate::outbox::Outbox;
use crate::refusal::Refusal;

/// Most bytes taken from the stream at once.
const READ_BYTES: usize = 64 * 1024;

/// What both tasks and the links of a lane share.
#[derive(Debug)]
pub(crate) struct Lane {
    pub(crate) limits: v1::Limits,
    outbox: Mutex<Outbox>,
    routes: Mutex<HashMap<u32, Arc<Cell>>>,
    /// Something may wait in the outbox, or the lane is closed.
    filled: Notify,
    /// The outbox was emptied, or the lane is closed.
    emptied: Notify,
    /// Set before the links are told that the connection is gone; read under a link's lock, which orders the two.
    closed: AtomicBool,
    /// Set when the writer should finish the stream once all is written.
    finishing: AtomicBool,
}

/// Why a lane ended.
#[derive(Debug)]
pub(crate) enum LaneEnd {
    /// The broker ended the stream with a code.
    Code(Refusal),
    /// The stream or its connection is gone.
    Lost,
    /// The broker sent what is no frame or no delivery.
    Garbled(&'static str),
    /// All was written, and taken by the broker, as was asked.
    Finished,
}

impl Lane {
    pub(crate) fn new(limits: v1::Limits) -> Self {
        Self {
            limits,
            outbox: Mutex::new(Outbox::new(limits.previews_per_s)),
            routes: Mutex::default(),
            filled: Notify::new(),
            emptied: Notify::new(),
            closed: AtomicBool::new(false),
            finishing: AtomicBool::new(false),
        }
    }

    /// The outbox, to be filled and let go at once; [`Lane::wake`] afterwards.
    pub(crate) fn outbox(&self) -> MutexGuard<'_, Outbox> {
        self.outbox.lock()
    }

    /// Lets the writer look at the outbox.
    pub(crate) fn wake(&self) {
        self.filled.notify_one();
    }

    /// Waits until another command may be put in, or the lane is closed.
    pub(crate) async fn room(&self) {
        loop {
            let emptied = self.emptied.notified();
            tokio::pin!(emptied);
            emptied.as_mut().enable();
            if self.is_closed() || self.outbox.lock().has_room() {
                return;
            }
            emptied.await;
        }
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.closed.load(Ordering::Acquire)
    }

    /// No link may come to this lane any more; forgets those that are there.
    pub(crate) fn close(&self) {
        self.closed.store(true, Ordering::Release);
        self.emptied.notify_waiters();
        self.filled.notify_one();
        let routes = std::mem::take(&mut *self.routes.lock());
        drop(routes);
    }

    /// Lets the writer end the stream after what waits.
    pub(crate) fn finish(&self) {
        self.finishing.store(true, Ordering::Release);
        self.filled.notify_one();
    }

    pub(crate) fn route(&self, link: u32, cell: Arc<Cell>) {
        self.routes.lock().insert(link, cell);
    }

    pub(crate) fn unroute(&self, link: u32) {
        let cell = self.routes.lock().remove(&link);
        drop(cell);
    }
}

/// Opens the stream of a lane.
pub(crate) async fn open(connection: &Connection) -> Result<(SendStream, RecvStream), WriteError> {
    let (mut send, recv) = connection.open_bi().await?;
    send.write_all(&[StreamKind::Lane.first_byte()]).await?;
    Ok((send, recv))
}

/// Writes what waits on a lane until the lane ends.
pub(crate) async fn write(lane: Arc<Lane>, mut send: SendStream) -> LaneEnd {
    loop {
        let filled = lane.filled.notified();
        let (batch, due) = {
            let mut outbox = lane.outbox.lock();
            (outbox.take(Instant::now()), outbox.due())
        };
        lane.emptied.notify_waiters();
        if !batch.is_empty() {
            if let Err(error) = send.write_chunk(batch.freeze()).await {
                return write_end(error);
            }
            continue;
        }
        if lane.finishing.load(Ordering::Acquire) {
            // Either way nothing more can be done for it.
            let _ = send.finish();
            let _ = send.stopped().await;
            return LaneEnd::Finished;
        }
        match due {
            Some(due) => {
                let _ = tokio::time::timeout_at(due.into(), filled).await;
            }
            None => filled.await,
        }
    }
}

/// Reads what comes on a lane and hands it to its links until the lane ends.
pub(crate) async fn read(lane: Arc<Lane>, mut recv: RecvStream) -> LaneEnd {
    let frame_bytes_max = lane.limits.frame_bytes_max.max(limits::FRAME_BYTES_MAX);
    let mut reader = frame::Reader::new(frame_bytes_max);
    loop {
        match recv.read_chunk(READ_BYTES, true).await {
            Ok(Some(chunk)) => reader.push(chunk.bytes),
            Ok(None) => return LaneEnd::Lost,
            Err(error) => return read_end(error),
        }
        loop {
            match reader.next() {
                // From a slice: what waits for the program must not keep whole chunks in memory.
                Ok(Some(frame)) => match v1::Delivery::decode(&frame[..]) {
                    Ok(delivery) => hand_over(&lane, delivery, frame.len()),
                    Err(_) => return LaneEnd::Garbled("a frame that is no delivery"),
                },
                Ok(None) => break,
                Err(_) => return LaneEnd::Garbled("bytes that are no frame"),
            }
        }
    }
}

fn hand_over(lane: &Arc<Lane>, delivery: v1::Delivery, frame_bytes: usize) {
    let cell = lane.routes.lock().get(&delivery.link).cloned();
    match cell {
        Some(cell) => cell.deliver(lane, delivery, frame_bytes as u64),
        None => tracing::debug!(link = delivery.link, "a frame for no link that is attached"),
    }
}

fn write_end(error: WriteError) -> LaneEnd {
    match error {
        WriteError::Stopped(code) => coded(code.into_inner()),
        _ => LaneEnd::Lost,
    }
}

fn read_end(error: ReadError) -> LaneEnd {
    match error {
        ReadError::Reset(code) => coded(code.into_inner()),
        _ => LaneEnd::Lost,
    }
}

fn coded(code: u64) -> LaneEnd {
    let code = u32::try_from(code).unwrap_or(u32::MAX);
    LaneEnd::Code(Refusal::of(code, "the broker ended a lane".into()))
}
