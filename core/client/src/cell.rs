//! A link in its place: its state under a lock, the lane it is on, and who waits for its events.
//!
//! No task and no timer of its own: the lane's reader, the program's calls and the keeper each do their part under the
//! lock, which is never held while waiting. Order: this lock, then a lane's.

use std::sync::{Arc, Weak};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use frontdesk_proto::v1::{self, command::Command};
use parking_lot::Mutex;
use tokio::sync::{Semaphore, oneshot};

use crate::attachment::{Answer, Asker, Attachment, Standing, Upshot};
use crate::backoff::Pauses;
use crate::client::Shared;
use crate::error::RequestError;
use crate::event::Event;
use crate::id::SessionId;
use crate::lane::Lane;
use crate::refusal::EndReason;

/// One link of a client.
#[derive(Debug)]
pub(crate) struct Cell {
    /// Its number in the client, for as long as it lives.
    pub(crate) key: u64,
    shared: Weak<Shared>,
    requests: Arc<Semaphore>,
    place: Mutex<Place>,
}

#[derive(Debug)]
struct Place {
    attachment: Attachment,
    /// The lane it is on, and its number there.
    lane: Option<(Arc<Lane>, u32)>,
    reader: Option<Waker>,
    /// Pauses between attempts to attach again, while such are going on.
    pauses: Option<Box<Pauses>>,
}

impl Place {
    fn wake_reader(&mut self) {
        if let Some(reader) = self.reader.take() {
            reader.wake();
        }
    }

    /// Lets the attachment do something that may put frames into the lane's outbox.
    fn with_outbox<T>(
        &mut self,
        step: impl FnOnce(&mut Attachment, u32, Option<&mut crate::outbox::Outbox>) -> T,
    ) -> T {
        match &self.lane {
            Some((lane, link)) => {
                let mut outbox = lane.outbox();
                let done = step(&mut self.attachment, *link, Some(&mut outbox));
                if outbox.is_stirred() {
                    lane.wake();
                }
                done
            }
            None => step(&mut self.attachment, 0, None),
        }
    }

    fn leave_lane(&mut self) {
        if let Some((lane, link)) = self.lane.take() {
            lane.unroute(link);
        }
    }
}

impl Cell {
    pub(crate) fn new(
        key: u64,
        shared: &Arc<Shared>,
        attachment: Attachment,
        requests_max: usize,
    ) -> Self {
        let place = Place { attachment, lane: None, reader: None, pauses: None };
        Self {
            key,
            shared: Arc::downgrade(shared),
            requests: Arc::new(Semaphore::new(requests_max.min(Semaphore::MAX_PERMITS))),
            place: Mutex::new(place),
        }
    }

    /// Attaches on `lane` under the number `link`, if it is detached and the lane still open.
    pub(crate) fn attach(self: &Arc<Self>, lane: &Arc<Lane>, link: u32) {
        let mut place = self.place.lock();
        if lane.is_closed() || *place.attachment.standing() != Standing::Detached {
            return;
        }
        // Before the frame leaves, so that the answer finds its way.
        lane.route(link, self.clone());
        if place.attachment.attach(link, &lane.limits, &mut lane.outbox()) {
            place.lane = Some((lane.clone(), link));
            lane.wake();
        } else {
            lane.unroute(link);
        }
    }

    /// How long the attach would be as a frame.
    pub(crate) fn attach_bytes(&self) -> usize {
        frame_bytes(self.place.lock().attachment.attach_command())
    }

    /// Takes in one frame that came on `lane`.
    pub(crate) fn deliver(self: &Arc<Self>, lane: &Arc<Lane>, delivery: v1::Delivery, bytes: u64) {
        let upshot = {
            let mut place = self.place.lock();
            let link = delivery.link;
            let is_here = matches!(&place.lane, Some((here, number)) if *number == link && Arc::ptr_eq(here, lane));
            if !is_here {
                return;
            }
            let upshot = {
                let mut outbox = lane.outbox();
                let upshot = place.attachment.deliver(link, delivery, bytes, &mut outbox);
                if outbox.is_stirred() {
                    lane.wake();
                }
                upshot
            };
            if *place.attachment.standing() == Standing::Attached {
                place.pauses = None;
            }
            if upshot != Upshot::GoOn {
                place.leave_lane();
            }
            place.wake_reader();
            upshot
        };
        match upshot {
            Upshot::GoOn | Upshot::Rest => {}
            Upshot::AttachAfter(at_least) => self.attach_after(at_least),
            Upshot::End => self.forget(),
        }
    }

    /// The connection is gone.
    pub(crate) fn connection_lost(&self) {
        let mut place = self.place.lock();
        place.lane = None;
        place.attachment.connection_lost();
        place.wake_reader();
    }

    /// It is over for good.
    pub(crate) fn end(&self, reason: EndReason) {
        let mut place = self.place.lock();
        place.leave_lane();
        place.attachment.end(reason);
        place.wake_reader();
    }

    /// The program took the link off, and the broker knows.
    pub(crate) fn detached(&self) {
        self.end(EndReason::Closed);
        self.forget();
    }

    /// Nobody holds the link any more.
    pub(crate) fn let_go(&self) {
        {
            let mut place = self.place.lock();
            place.with_outbox(|attachment, link, outbox| attachment.let_go(link, outbox));
            place.leave_lane();
            place.wake_reader();
        }
        self.forget();
    }

    /// Makes a request and waits for the answer, at most `timeout` of the time in which the link was not cut off.
    pub(crate) async fn request(
        &self,
        command: Command,
        timeout: Duration,
    ) -> Result<v1::delivery::Reply, RequestError> {
        self.check_length(&command)?;
        let permit = self.requests.clone().acquire_owned().await;
        let permit = permit.expect("nobody closes the semaphore");
        let lane = self.place.lock().lane.as_ref().map(|(lane, _)| lane.clone());
        if let Some(lane) = lane {
            lane.room().await;
        }
        let (waiter, mut answered) = oneshot::channel();
        let request = self
            .place
            .lock()
            .with_outbox(|attachment, link, outbox| {
                attachment.request(link, command, Asker::Program(waiter, permit), outbox)
            })
            .map_err(RequestError::Ended)?;
        loop {
            match tokio::time::timeout(timeout, &mut answered).await {
                Ok(answer) => return received(answer),
                Err(_) if self.give_up(request) => {
                    // The answer may have come between the clock and the lock.
                    return answered.try_recv().unwrap_or(Err(RequestError::TimedOut));
                }
                Err(_) => {}
            }
        }
    }

    fn give_up(&self, request: u32) -> bool {
        let mut place = self.place.lock();
        let given_up =
            place.with_outbox(|attachment, link, outbox| attachment.give_up(link, request, outbox));
        place.wake_reader();
        given_up
    }

    fn check_length(&self, command: &Command) -> Result<(), RequestError> {
        let Some(limits) = self.shared.upgrade().map(|shared| shared.limits()) else {
            return Ok(());
        };
        let too_long = |bytes: usize, bytes_max: u32| {
            let bytes_max = bytes_max as usize;
            (bytes_max > 0 && bytes > bytes_max)
                .then_some(RequestError::TooLong { bytes, bytes_max })
        };
        let said = match command {
            Command::Say(say) => Some((say.kind(), &say.body)),
            Command::SayInRoom(say) => Some((say.kind(), &say.body)),
            Command::Ask(ask) => ask.opening.as_ref().map(|say| (say.kind(), &say.body)),
            _ => None,
        };
        let text = said.filter(|(kind, _)| *kind == v1::MessageKind::Text);
        let text = text.and_then(|(_, body)| too_long(body.len(), limits.text_bytes_max));
        let frame = || too_long(frame_bytes(command.clone()), limits.frame_bytes_max);
        text.or_else(frame).map_or(Ok(()), Err)
    }

    /// Replaces what is shown as being typed, if the link is attached.
    pub(crate) fn preview(&self, session: SessionId, text: String) -> Result<(), EndReason> {
        self.place.lock().with_outbox(|attachment, link, outbox| match attachment.standing() {
            Standing::Over(reason) => Err(reason.clone()),
            Standing::Attached => {
                if let Some(outbox) = outbox {
                    outbox.preview(link, session, text);
                }
                Ok(())
            }
            // What is typed now is worth nothing later.
            Standing::Detached | Standing::Attaching | Standing::Behind => Ok(()),
        })
    }

    pub(crate) fn acknowledge(
        &self,
        session: SessionId,
        delivered: u64,
        read: u64,
    ) -> Result<(), EndReason> {
        self.place.lock().with_outbox(|attachment, link, outbox| {
            if let Standing::Over(reason) = attachment.standing() {
                return Err(reason.clone());
            }
            attachment.acknowledge(link, session, (delivered, read), outbox);
            Ok(())
        })
    }

    /// The next event; `None` once the link is over and all is read.
    pub(crate) fn poll_event(self: &Arc<Self>, context: &Context<'_>) -> Poll<Option<Event>> {
        let (event, caught_up) = {
            let mut place = self.place.lock();
            let event = place.with_outbox(Attachment::take_event);
            let over = matches!(place.attachment.standing(), Standing::Over(_));
            let caught_up = event.is_none() && place.attachment.catch_up();
            let event = match event {
                None if !over => {
                    place.reader = Some(context.waker().clone());
                    Poll::Pending
                }
                event => Poll::Ready(event),
            };
            (event, caught_up)
        };
        if caught_up && let Some(shared) = self.shared.upgrade() {
            shared.attach(self);
        }
        event
    }

    pub(crate) fn drop_events(self: &Arc<Self>) {
        let caught_up = {
            let mut place = self.place.lock();
            place.with_outbox(|attachment, link, outbox| attachment.drop_events(link, outbox));
            place.attachment.catch_up()
        };
        if caught_up && let Some(shared) = self.shared.upgrade() {
            shared.attach(self);
        }
    }

    /// Attaches again after a pause; the one task that a link may have, and only then.
    fn attach_after(self: &Arc<Self>, at_least: Duration) {
        let Some(shared) = self.shared.upgrade() else { return };
        let pause = {
            let mut place = self.place.lock();
            let pauses = place
                .pauses
                .get_or_insert_with(|| Box::new(Pauses::new(shared.options.back_off.clone())));
            pauses.next(at_least)
        };
        let cell = Arc::downgrade(self);
        tokio::spawn(async move {
            tokio::time::sleep(pause).await;
            if let Some(cell) = cell.upgrade() {
                shared.attach(&cell);
            }
        });
    }

    fn forget(&self) {
        if let Some(shared) = self.shared.upgrade() {
            shared.forget(self.key);
        }
    }
}

fn received(answer: Result<Answer, oneshot::error::RecvError>) -> Answer {
    // The sender goes only with an answer, or with the whole link.
    answer.unwrap_or(Err(RequestError::Ended(EndReason::Closed)))
}

fn frame_bytes(command: Command) -> usize {
    use prost::Message as _;
    v1::Command { link: u32::MAX, request: u32::MAX, command: Some(command) }.encoded_len()
}
