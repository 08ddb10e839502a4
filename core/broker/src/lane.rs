//! A lane: one task that reads commands, hands them to the engine, and writes answers and deliveries, in batches.
//!
//! ```text
//!   stream ─chunks─► frames ─► border ─► limits ─► engine.submit ─► answers ─┐
//!                                                                            ├─► one buffer ─► stream
//!   engine ─► mailboxes ─► outlet ─► credit ─► border ───────────────────────┘
//! ```
//!
//! What comes in one read is handled before the next write, and what was written while the task slept leaves in one piece: batching
//! decides the speed. Nothing waits for anything but the stream itself: over the buffer's high-water mark the lane neither reads nor
//! drains, and QUIC's flow control slows its peer; a peer that takes nothing for the configured `stall_timeout` is cut off, and
//! so is one that begins a frame and doesn't finish it in that time.
//!
//! **Credit.** A link is sent what its credit allows and is then parked at the outlet; its mailbox fills, and the engine ends it with
//! TOO_SLOW. Its neighbours are not touched. Answers are sent without credit, but counted: they are small, and who asks for
//! more pays with its rate; only reads, whose answers are long, are refused as BUSY then.
//!
//! Whatever ends the lane, its links are detached as Dropped: by [`Lane::let_go`], and on a panic by dropping it.

mod commands;
mod late;
mod links;
mod outgoing;
mod replacing;
mod telling;
mod untold;

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use bytes::Bytes;
use frontdesk_desk::delivery::Delivery;
use frontdesk_desk::id::LinkId;
use frontdesk_desk::time::Now;
use frontdesk_engine::directory::Reader as Mailboxes;
use frontdesk_engine::{Accepted, Command, Departure, Epoch, Link, Person};
use frontdesk_proto::frame;
use frontdesk_proto::stream::StreamKind;
use frontdesk_proto::v1::{self, Code};
use tokio::time::{Instant, timeout};

use self::late::LatePreviews;
use self::links::Links;
use self::outgoing::{Held, Outgoing, Then};
use self::replacing::Replacing;
use self::untold::Untold;
use crate::border::{self, Addressed, Caller, Refused, Request};
use crate::connection::{Connection, Farewell};
use crate::limit::{self, Bucket, Rate};
use crate::transport::{Reader, Stream, Writer};

/// Chunks taken from the stream at once: each is a packet's, so this is some 20 KiB.
const CHUNKS: usize = 16;
/// Links detached before other tasks get their turn: some tens of microseconds.
const DETACHED_A_TURN: usize = 64;

/// Serves a stream that the client opened after Welcome.
pub(crate) async fn serve(connection: Arc<Connection>, stream: Stream) {
    let Stream { mut reader, mut writer } = stream;
    let first = tokio::select! {
        first = first_chunk(&mut reader) => first,
        _ = connection.ended() => return,
    };
    let Some(mut chunk) = first else { return };
    match StreamKind::try_from(chunk.split_to(1)[0]) {
        Ok(StreamKind::Lane) => {}
        Ok(StreamKind::Control) => {
            let message = "a connection has one control stream; begin the others as lanes";
            return connection.end(Farewell::new(Code::Protocol, message));
        }
        Err(unknown) => return connection.end(Farewell::new(unknown.code(), unknown.to_string())),
    }
    let mut lane = Lane::new(connection, chunk);
    lane.run(&mut reader, &mut writer).await;
    lane.let_go().await;
}

/// The stream's first bytes, at least one; `None` if it ends without.
async fn first_chunk(reader: &mut Reader) -> Option<Bytes> {
    let mut chunk = [Bytes::new()];
    while chunk[0].is_empty() {
        reader.chunks(&mut chunk).await.ok()??;
    }
    let [chunk] = chunk;
    Some(chunk)
}

/// What the client will still say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Hears {
    More,
    Nothing,
}

/// Whether all frames that came are handled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Frames {
    Handled,
    Waiting,
}

struct Lane {
    connection: Arc<Connection>,
    epoch: Epoch,
    mailboxes: Mailboxes<Delivery>,
    frames: frame::Reader,
    frames_left: Frames,
    /// Since when a frame has been begun and not finished.
    frame_begun: Option<Instant>,
    frame_rate: Rate,
    frame_bucket: Bucket,
    /// Until when the lane isn't read, because its bucket is empty.
    paused_until: Option<Instant>,
    hears: Hears,
    links: Links,
    late: LatePreviews,
    untold: Untold,
    outgoing: Outgoing,
    /// A policy on its way to the disk. Meanwhile nothing else of the lane is handled, so that its order holds; only admins' own
    /// connections have such.
    replacing: Option<Replacing>,
}

impl Lane {
    fn new(connection: Arc<Connection>, first: Bytes) -> Self {
        let mut frames = frame::Reader::new(connection.limits.frame_bytes_max);
        frames.push(first);
        Self {
            epoch: connection.service.engine.epoch(),
            mailboxes: connection.service.engine.reader(),
            frame_rate: limit::lane_frames(connection.role),
            connection,
            frames,
            frames_left: Frames::Waiting,
            frame_begun: None,
            frame_bucket: Bucket::default(),
            paused_until: None,
            hears: Hears::More,
            links: Links::default(),
            late: LatePreviews::default(),
            untold: Untold::default(),
            outgoing: Outgoing::default(),
            replacing: None,
        }
    }

    /// Works until the client ends the lane, the connection is over, or one of them breaks the rules.
    async fn run(&mut self, reader: &mut Reader, writer: &mut Writer) {
        let mut chunks = [const { Bytes::new() }; CHUNKS];
        while !self.connection.has_ended() {
            // A lane that always has something to do must let others have their turn.
            tokio::task::coop::consume_budget().await;
            self.handle_frames();
            self.count_sent();
            if self.write_what_fits(writer).await.is_err() {
                return;
            }
            if self.frames_left == Frames::Waiting && self.may_read() {
                continue;
            }
            if self.hears == Hears::Nothing
                && self.frames_left == Frames::Handled
                && self.replacing.is_none()
            {
                self.let_go().await;
                return self.finish(writer).await;
            }

            let reads =
                self.hears == Hears::More && self.frames_left == Frames::Handled && self.may_read();
            let tells = self.outgoing.has_room();
            let held = self.outgoing.waits_for();
            let alarm = self.alarm();
            let event = {
                let journal = self.connection.service.engine.journal();
                tokio::select! {
                    count = reader.chunks(&mut chunks), if reads => Event::Read(count.ok()),
                    link = poll_fn(|cx| self.mailboxes.poll_ready(cx)), if tells => Event::Ready(link),
                    wrote = writer.write(self.outgoing.bytes()), if !self.outgoing.is_empty() => Event::Wrote(wrote.ok()),
                    () = committed(&**journal, held), if held.is_some() => Event::Committed,
                    () = until(alarm), if alarm.is_some() => Event::Alarm,
                    done = replacing::done(&mut self.replacing) => Event::Replaced(done),
                    _ = self.connection.ended() => Event::Over,
                }
            };
            match event {
                Event::Read(Some(Some(count))) => {
                    chunks
                        .iter_mut()
                        .take(count)
                        .for_each(|chunk| self.frames.push(std::mem::take(chunk)));
                    self.frames_left = Frames::Waiting;
                }
                Event::Read(Some(None)) => match self.frames.finish() {
                    Ok(()) => self.hears = Hears::Nothing,
                    Err(error) => return self.connection.end(error.into()),
                },
                Event::Ready(link) => self.tell(link),
                Event::Wrote(Some(bytes)) => self.outgoing.wrote(bytes),
                Event::Committed => self.release(),
                Event::Alarm => self.look_at_the_time(),
                Event::Replaced(done) => self.replaced(done),
                Event::Read(None) | Event::Wrote(None) | Event::Over => return,
            }
        }
    }

    fn may_read(&self) -> bool {
        self.outgoing.has_room()
            && self.outgoing.may_hold()
            && self.paused_until.is_none()
            && self.replacing.is_none()
    }

    /// Hands over what the stream takes at once, without waiting.
    async fn write_what_fits(&mut self, writer: &mut Writer) -> Result<(), ()> {
        while !self.outgoing.is_empty() {
            match at_once(writer.write(self.outgoing.bytes())).await {
                Some(Ok(bytes)) => self.outgoing.wrote(bytes),
                Some(Err(_)) => return Err(()),
                None => {
                    self.outgoing.stalled(Instant::now());
                    return Ok(());
                }
            }
        }
        Ok(())
    }

    fn count_sent(&mut self) {
        let sent = self.outgoing.take_count();
        if sent.frames > 0 {
            self.connection.service.metrics.sent(sent.frames, sent.bytes, sent.deliveries);
        }
    }

    /// The client has said its last: what is owed to it leaves, within the deadline.
    async fn finish(&mut self, writer: &mut Writer) {
        let stall_timeout = self.connection.service.stall_timeout;
        let rest = async {
            while let Some(position) = self.outgoing.waits_for() {
                committed(&**self.connection.service.engine.journal(), Some(position)).await;
                self.release();
            }
            let _ = writer.write_all(self.outgoing.bytes()).await;
            writer.finish().await;
        };
        let _ = timeout(stall_timeout, rest).await;
    }

    /// The next instant at which something is to be looked at without an event.
    fn alarm(&self) -> Option<Instant> {
        let late = self.late.next_mono_ms().map(|due_mono_ms| {
            let wait_ms = due_mono_ms.saturating_sub(self.connection.service.now().mono_ms);
            Instant::now() + Duration::from_millis(wait_ms)
        });
        let stall_timeout = self.connection.service.stall_timeout;
        let frame = self.frame_begun.map(|begun| begun + stall_timeout);
        [self.outgoing.deadline(stall_timeout), self.paused_until, frame, late]
            .into_iter()
            .flatten()
            .min()
    }

    fn look_at_the_time(&mut self) {
        let now = Instant::now();
        if self.paused_until.is_some_and(|until| until <= now) {
            self.paused_until = None;
        }
        let stall_timeout = self.connection.service.stall_timeout;
        if self.outgoing.deadline(stall_timeout).is_some_and(|deadline| deadline <= now) {
            let message =
                "nothing of what was sent was taken for too long; connect again and resume";
            return self.connection.end(Farewell::new(Code::TooSlow, message));
        }
        // A frame isn't late while it is this side that doesn't read.
        if self.frame_begun.is_some_and(|begun| begun + stall_timeout <= now) {
            if self.may_read() {
                let message = "a frame was begun and not finished in time; connect again";
                return self.connection.end(Farewell::new(Code::TooSlow, message));
            }
            self.frame_begun = Some(now);
        }
        let now = self.connection.service.now();
        for (number, late) in self.late.due(now.mono_ms) {
            let command = Command::Preview { session: late.session, text: late.text };
            self.submit_within_rate(number, 0, command, now);
        }
    }

    /// Handles the frames that came, until they are through or there is no room for what they ask for.
    fn handle_frames(&mut self) {
        if self.frames_left == Frames::Handled || !self.may_read() {
            return;
        }
        let now = self.connection.service.now();
        // Cloned once for many frames: they go on while a newer token takes its place.
        let caller = self.connection.caller.load_full();
        let (mut handled, mut bytes) = (0_u64, 0_u64);
        while self.may_read() && !self.connection.has_ended() {
            match self.frames.next() {
                Ok(Some(frame)) => {
                    handled += 1;
                    bytes += frame.len() as u64;
                    self.handle(frame, &caller, now);
                }
                Ok(None) => {
                    self.frames_left = Frames::Handled;
                    break;
                }
                Err(error) => {
                    self.connection.end(error.into());
                    break;
                }
            }
        }
        self.connection.service.metrics.received(handled, bytes);
        let begun = self.frames_left == Frames::Handled && self.frames.finish().is_err();
        self.frame_begun = match (begun, self.frame_begun) {
            (false, _) => None,
            (true, Some(since)) if handled == 0 => Some(since),
            (true, _) => Some(Instant::now()),
        };
    }

    fn handle(&mut self, frame: Bytes, caller: &Caller, now: Now) {
        if let Some(wait) = self.frame_bucket.take_regardless(self.frame_rate, now) {
            self.paused_until = Some(Instant::now() + Duration::from_millis(wait.ms));
        }
        let metrics = &self.connection.service.metrics;
        let Addressed { link, request, content } =
            border::command_seen(frame, caller, |command| metrics.command(command));
        let done = match content {
            Ok(Request::AttachVisitor(attach)) => self.attach_visitor(link, request, *attach, now),
            Ok(Request::AttachAgent(attach)) => self.attach_agent(link, request, *attach, now),
            Ok(Request::Detach(departure)) => self.detach(link, request, departure, now),
            Ok(Request::Credit { taken_bytes }) => self.credit(link, taken_bytes),
            Ok(Request::Command(command)) => self.submit(link, request, command, now),
            Err(refused) => Err(refused),
        };
        if let Err(refused) = done {
            self.refuse(link, request, refused, now);
        }
    }

    /// Tells the engine that a link, which was taken out of the table, is gone.
    fn detached(&mut self, number: u32, link: Link, departure: Departure, now: Now) {
        self.late.drop_of(number);
        self.untold.drop_of(number);
        self.connection.service.engine.detach(link, departure, now);
        self.connection.give_link_back();
    }

    /// Sends a link's last frame, after all of its answers that still wait.
    fn last_word(&mut self, number: u32, answer: v1::Delivery) {
        match self.outgoing.held_until() {
            Some(position) => {
                self.links.leaves(number);
                self.outgoing.hold(Held { position, answer, then: Then::Leaves });
            }
            None => {
                self.outgoing.put(&answer);
            }
        }
    }

    fn refuse(&mut self, number: u32, request: u32, refused: Refused, now: Now) {
        tracing::trace!(code = ?refused.code, subject = %refused.subject, "a command was refused");
        self.connection.count_refusal(&refused, now);
        self.put(number, &border::refused(number, request, refused));
    }

    /// Sends a frame to a link and counts it.
    fn put(&mut self, number: u32, delivery: &v1::Delivery) {
        let frame_bytes = self.outgoing.put(delivery);
        if let Some(entry) = self.links.at(number) {
            entry.sent(frame_bytes);
        }
    }

    /// Sends the answers whose facts are kept by now.
    fn release(&mut self) {
        let committed = self.connection.service.engine.journal().committed();
        while let Some(Held { answer, then, .. }) = self.outgoing.release(committed) {
            self.put(answer.link, &answer);
            if then == Then::Leaves {
                self.links.left(answer.link);
            }
        }
    }

    /// Detaches all links, letting other tasks have their turn in between.
    async fn let_go(&mut self) {
        while self.drop_links(DETACHED_A_TURN) {
            tokio::task::yield_now().await;
        }
    }

    /// Lets a person go, who may be back; of a tenant that is no longer served at once and for good.
    fn drop_link(&self, link: Link, now: Now) {
        let engine = &self.connection.service.engine;
        if self.connection.tenant.is_served() {
            return engine.detach(link, Departure::Dropped, now);
        }
        if let Person::Agent(_) = link.person {
            let reason = "the tenant is no longer served".into();
            // One who hasn't signed on has nothing to give back.
            let _ = engine.submit(link, Command::SignOff { reason }, now);
        }
        engine.detach(link, Departure::Leaving, now);
    }

    /// Detaches up to so many links; true if there are more.
    fn drop_links(&mut self, links_max: usize) -> bool {
        let now = self.connection.service.now();
        for _ in 0..links_max {
            let Some(link) = self.links.remove_any() else { return false };
            self.drop_link(link, now);
            self.connection.give_link_back();
        }
        true
    }
}

impl Drop for Lane {
    fn drop(&mut self) {
        while self.drop_links(usize::MAX) {}
    }
}

/// What a lane wakes up for.
enum Event {
    /// Chunks came; `Some(None)` is the stream's end, `None` that it is lost.
    Read(Option<Option<usize>>),
    Ready(LinkId),
    Wrote(Option<usize>),
    Committed,
    Alarm,
    Replaced(Result<Accepted, Refused>),
    Over,
}

async fn committed(
    journal: &dyn frontdesk_engine::journal::Journal,
    position: Option<frontdesk_engine::journal::Position>,
) {
    if let Some(position) = position {
        poll_fn(|cx| journal.poll_committed(position, cx)).await;
    }
}

async fn until(alarm: Option<Instant>) {
    if let Some(alarm) = alarm {
        tokio::time::sleep_until(alarm).await;
    }
}

/// What a future has now; `None` if it would have to wait.
async fn at_once<T>(future: impl Future<Output = T>) -> Option<T> {
    let mut future = pin!(future);
    poll_fn(|cx| {
        Poll::Ready(match future.as_mut().poll(cx) {
            Poll::Ready(value) => Some(value),
            Poll::Pending => None,
        })
    })
    .await
}
