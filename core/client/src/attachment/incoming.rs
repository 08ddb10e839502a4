//! What the broker sends to a link, and what it means for the link.
//!
//! Bytes of replies are given back as they come, those of events when the program takes them. What this version doesn't
//! know counts as taken and is left out.

use super::*;
use crate::company::ColleagueAsked;
use crate::event::Message;
use crate::id::{InvitationId, OfferId};

impl Attachment {
    /// Takes in one frame for this link.
    pub(crate) fn deliver(
        &mut self,
        link: u32,
        delivery: v1::Delivery,
        frame_bytes: u64,
        outbox: &mut Outbox,
    ) -> Upshot {
        let v1::Delivery { request, reply, event, .. } = delivery;
        let upshot = match (event, reply) {
            (Some(event), _) => return self.event(link, event, frame_bytes, outbox),
            (None, reply) if request == ATTACH_REQUEST => self.attach_answer(link, reply, outbox),
            (None, reply) => self.reply(link, request, reply, outbox),
        };
        self.give_back(link, frame_bytes, outbox);
        upshot
    }

    fn event(
        &mut self,
        link: u32,
        event: delivery::Event,
        frame_bytes: u64,
        outbox: &mut Outbox,
    ) -> Upshot {
        if let delivery::Event::LinkEnded(ended) = event {
            return self.link_ended(ended);
        }
        let resumed = matches!(event, delivery::Event::Resumed(_));
        let mut told = Told::default();
        if self.tell(event, frame_bytes, &mut told).is_none() {
            told.dropped_bytes += frame_bytes;
        }
        if resumed {
            self.acknowledge_again(link, outbox);
        }
        self.push(link, told, outbox)
    }

    /// Puts one event into the program's words; `None` for one that names no session or is not for this version.
    fn tell(&mut self, event: delivery::Event, frame_bytes: u64, told: &mut Told) -> Option<()> {
        use delivery::Event as Wire;
        let id = |bytes: &Bytes| SessionId::from_wire(bytes).ok();
        let event = match event {
            Wire::Message(message) => return self.message(message, frame_bytes, told),
            Wire::Resumed(resumed) => return self.resumed(&resumed, frame_bytes, told),
            Wire::SessionOpened(opened) => return self.opened(opened, frame_bytes, told),
            Wire::SessionClosed(closed) => {
                let session = id(&closed.session)?;
                self.log(session);
                self.with_log(session, |log| log.closed(closed, frame_bytes, told));
                return Some(());
            }
            Wire::PreviewShown(v1::PreviewShown { session, from, text }) => {
                Event::PreviewShown { session: id(&session)?, from, text }
            }
            Wire::Typing(v1::Typing { session, from, typing }) => {
                Event::Typing { session: id(&session)?, from, typing }
            }
            Wire::Receipt(v1::Receipt { session, participant, delivered, read }) => {
                Event::Receipt { session: id(&session)?, participant, delivered, read }
            }
            Wire::QueuePosition(v1::QueuePosition { session, position, estimate }) => {
                Event::QueuePosition { session: id(&session)?, position, estimate }
            }
            Wire::OfferMade(made) => Event::OfferMade {
                offer: OfferId::from_wire(&made.offer).ok()?,
                session: id(&made.session)?,
                made,
            },
            Wire::OfferEnded(ended) => Event::OfferEnded {
                offer: OfferId::from_wire(&ended.offer).ok()?,
                session: id(&ended.session)?,
                outcome: ended.outcome(),
            },
            Wire::ParticipantJoined(v1::ParticipantJoined { session, participant }) => {
                Event::ParticipantJoined { session: id(&session)?, participant: participant? }
            }
            Wire::ParticipantLeft(v1::ParticipantLeft { session, number }) => {
                Event::ParticipantLeft { session: id(&session)?, number }
            }
            Wire::WatchEnded(v1::WatchEnded { session }) => {
                let session = id(&session)?;
                let watched = self.logs.remove(&session);
                if let Some(log) = watched.and_then(|log| log.watched(told)) {
                    self.logs.insert(session, log);
                }
                Event::WatchEnded { session }
            }
            Wire::StatusChanged(changed) => {
                let next = changed.next();
                let v1::StatusChanged { status, reason, since_wall_ms, .. } = changed;
                self.status = v1::Status::try_from(status).unwrap_or_default();
                Event::StatusChanged { status: self.status, reason, since_wall_ms, next }
            }
            Wire::TransferEnded(ended) => Event::TransferEnded {
                session: id(&ended.session)?,
                offer: OfferId::from_wire(&ended.offer).ok()?,
                outcome: ended.outcome(),
                agent: ended.agent,
            },
            Wire::ColleagueInvitationEnded(ended) => Event::ColleagueInvitationEnded {
                session: id(&ended.session)?,
                offer: OfferId::from_wire(&ended.offer).ok()?,
                outcome: ended.outcome(),
                agent: ended.agent,
            },
            Wire::AskedNext(asking) => Event::AskedNext(ColleagueAsked::from_wire(asking)?),
            Wire::ParticipantChanged(v1::ParticipantChanged { session, participant }) => {
                Event::ParticipantChanged { session: id(&session)?, participant: participant? }
            }
            Wire::SessionWatched(v1::SessionWatched { session, by, watches }) => {
                Event::SessionWatched { session: id(&session)?, by, watches }
            }
            Wire::InvitationShown(shown) => {
                let invitation = InvitationId::from_wire(&shown.invitation).ok()?;
                Event::InvitationShown { invitation, shown }
            }
            Wire::InvitationEnded(ended) => Event::InvitationEnded {
                invitation: InvitationId::from_wire(&ended.invitation).ok()?,
                outcome: ended.outcome(),
                session: id(&ended.session),
                visitor: ended.visitor,
            },
            Wire::RatingAsked(asked) => Event::RatingAsked { session: id(&asked.session)?, asked },
            Wire::Rated(rated) => Event::Rated { session: id(&rated.session)?, rated },
            Wire::SessionCleared(cleared) => {
                Event::SessionCleared { session: id(&cleared.session)? }
            }
            Wire::ReplyDue(due) => Event::ReplyDue { session: id(&due.session)?, due },
            Wire::VisitorsSnapshot(snapshot) => Event::VisitorsSnapshot(snapshot),
            Wire::VisitorsChanged(changed) => Event::VisitorsChanged(changed),
            Wire::FloorSnapshot(snapshot) => Event::FloorSnapshot(snapshot),
            Wire::FloorChanged(changed) => Event::FloorChanged(changed),
            Wire::QueuesSnapshot(snapshot) => Event::QueuesSnapshot(snapshot),
            Wire::QueuesChanged(changed) => Event::QueuesChanged(changed),
            Wire::ReceptionChanged(changed) => {
                Event::ReceptionChanged { receiving: changed.receiving() }
            }
            Wire::LinkEnded(_) => return None,
            // Of a room, or the schema has grown.
            other => return self.room_event(other, frame_bytes, told),
        };
        told.event(event, frame_bytes);
        Some(())
    }

    fn message(&mut self, message: v1::Message, frame_bytes: u64, told: &mut Told) -> Option<()> {
        let session = SessionId::from_wire(&message.session).ok()?;
        let message = Message {
            session,
            seq: message.seq,
            from: message.from,
            kind: message.kind,
            body: message.body,
            wall_ms: message.wall_ms,
            client_message_id: message.client_message_id,
            audience: message.audience,
            to: message.to,
            replaces: message.replaces,
        };
        self.log(session);
        self.with_log(session, |log| log.message(message, frame_bytes, told));
        Some(())
    }

    fn resumed(&mut self, resumed: &v1::Resumed, frame_bytes: u64, told: &mut Told) -> Option<()> {
        let session = SessionId::from_wire(&resumed.session).ok()?;
        let epoch = ids::from_bytes(&resumed.epoch).ok().or(self.epoch)?;
        self.log(session).resumed(resumed, epoch, told);
        told.dropped_bytes += frame_bytes;
        Some(())
    }

    fn opened(
        &mut self,
        opened: v1::SessionOpened,
        frame_bytes: u64,
        told: &mut Told,
    ) -> Option<()> {
        let view = opened.view?;
        let session = SessionId::from_wire(&view.session).ok()?;
        self.log(session).opened(&view);
        told.event(Event::SessionOpened { session, view }, frame_bytes);
        Some(())
    }

    /// The session's log; a new one if it is seen for the first time.
    pub(super) fn log(&mut self, session: SessionId) -> &mut Log {
        let (epoch, openings) = (self.epoch.unwrap_or_default(), self.openings);
        let says = || {
            let of_session = |command: &&Command| matches!(command, Command::Say(say) if say.session == session.0[..]);
            self.pending.commands().filter(of_session).count()
        };
        self.logs.entry(session).or_insert_with(|| Log::new(session, epoch, openings + says()))
    }

    /// After a resume the broker may know less than was acknowledged: say the totals of each session that was just resumed.
    fn acknowledge_again(&mut self, link: u32, outbox: &mut Outbox) {
        if self.standing != Standing::Attached {
            return;
        }
        for (session, log) in &mut self.logs {
            if let Some((delivered, read)) = log.acknowledge_again() {
                outbox.acknowledge(link, *session, delivered, read);
            }
        }
    }

    fn link_ended(&mut self, ended: v1::LinkEnded) -> Upshot {
        let refusal = Refusal::of(ended.code.cast_unsigned(), ended.message);
        if refusal.is(Code::Replaced) {
            self.end(EndReason::Replaced);
            return Upshot::End;
        }
        if refusal.is(Code::TooSlow) {
            return self.fall_behind();
        }
        match advice(refusal.code) {
            Advice::ComeBackLater => {
                self.detached(Interruption::ComeBackLater { code: refusal.code });
                Upshot::AttachAfter(refusal.retry_after.unwrap_or_default())
            }
            Advice::CorrectIt | Advice::Stop => {
                self.end(EndReason::Refused(refusal));
                Upshot::End
            }
        }
    }

    /// Too much waits for the program: the link rests until it has read.
    fn fall_behind(&mut self) -> Upshot {
        self.detached(Interruption::TooSlow);
        self.standing = Standing::Behind;
        if self.catch_up() {
            // Nothing waits: whatever was slow, it was not the program.
            return Upshot::AttachAfter(Duration::ZERO);
        }
        Upshot::Rest
    }

    /// Queues what was told. At the bound, or beyond the credit, the link takes itself off; nothing told is lost by that.
    pub(super) fn push(&mut self, link: u32, told: Told, outbox: &mut Outbox) -> Upshot {
        self.give_back(link, told.dropped_bytes, outbox);
        self.queue(link, told, Some(outbox));
        // The broker may have one frame on the way beyond the credit.
        let bytes_max =
            u64::from(self.link_credit_bytes) + u64::from(frontdesk_proto::limits::FRAME_BYTES_MAX);
        let beyond = self.link_credit_bytes > 0 && self.queued_bytes > bytes_max;
        if self.standing == Standing::Attached
            && (beyond || self.queue.len() > self.bounds.events_max)
        {
            detach(link, v1::Departure::Dropped, outbox);
            return self.fall_behind();
        }
        Upshot::GoOn
    }

    pub(super) fn give_back(&mut self, link: u32, frame_bytes: u64, outbox: &mut Outbox) {
        if self.standing == Standing::Attached
            && let Some(taken_bytes) = self.credit.take(frame_bytes)
        {
            outbox.credit(link, taken_bytes);
        }
    }
}
