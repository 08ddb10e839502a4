//! Answers: to the attach itself, and to the link's requests.

use super::*;
use crate::event::Message;

impl Attachment {
    /// The answer to an attach.
    pub(super) fn attach_answer(
        &mut self,
        link: u32,
        reply: Option<delivery::Reply>,
        outbox: &mut Outbox,
    ) -> Upshot {
        match reply {
            Some(delivery::Reply::Attached(attached)) if self.standing == Standing::Attaching => {
                self.attached(link, attached, outbox);
                Upshot::GoOn
            }
            Some(delivery::Reply::Refused(refused)) if self.standing == Standing::Attaching => {
                self.attach_refused(Refusal::from_wire(refused))
            }
            _ => {
                self.end(EndReason::Protocol("an attach was answered by something else"));
                Upshot::End
            }
        }
    }

    fn attached(&mut self, link: u32, attached: v1::Attached, outbox: &mut Outbox) {
        self.standing = Standing::Attached;
        self.means = Means::All;
        self.credit = Credit::new(self.link_credit_bytes);
        self.link_token = attached.link_token.clone();
        self.replaces = Bytes::new();
        let epoch = ids::from_bytes(&attached.epoch).unwrap_or_default();
        let before = self.epoch.replace(epoch);
        let status = v1::Status::try_from(attached.status).unwrap_or_default();
        let status_before = std::mem::replace(&mut self.status, status);

        if before.is_some() {
            self.interrupted = false;
            let memory = if before == Some(epoch) { Memory::Kept } else { Memory::Renewed };
            self.push_quietly(Event::Reconnected { memory });
            if status != status_before {
                let reason = String::new();
                let next = v1::Status::Unspecified;
                let changed = Event::StatusChanged { status, reason, since_wall_ms: 0, next };
                self.push_quietly(changed);
            }
            self.watch_again();
            self.watch_sessions_again();
            self.probe(&attached);
            self.probe_rooms();
        }
        self.pending.send(|request, command| outbox.command(link, request, command.clone()));
        if let Some(awaited) = self.awaited.take() {
            // It may have stopped waiting; then it drops the link.
            let _ = awaited.send(Ok(attached));
        }
    }

    fn attach_refused(&mut self, refusal: Refusal) -> Upshot {
        if let Some(awaited) = self.awaited.take() {
            let _ = awaited.send(Err(AttachError::Refused(refusal.clone())));
            self.end(EndReason::Refused(refusal));
            return Upshot::End;
        }
        match refusal.advice {
            Advice::ComeBackLater => {
                self.standing = Standing::Detached;
                Upshot::AttachAfter(refusal.retry_after.unwrap_or_default())
            }
            Advice::CorrectIt if self.means == Means::All => {
                self.standing = Standing::Detached;
                self.means = Means::Plain;
                Upshot::AttachAfter(Duration::ZERO)
            }
            Advice::CorrectIt | Advice::Stop => {
                self.end(EndReason::Refused(refusal));
                Upshot::End
            }
        }
    }

    /// The answer to a request, or a refusal of something that wanted none.
    pub(super) fn reply(
        &mut self,
        link: u32,
        request: u32,
        reply: Option<delivery::Reply>,
        outbox: &mut Outbox,
    ) -> Upshot {
        if let Some(delivery::Reply::Refused(refused)) = &reply {
            let refusal = Refusal::from_wire(refused.clone());
            if refusal.is(Code::UnknownLink) {
                // The broker has no such link: as if it had ended it. Requests stay, to be sent again.
                self.detached(Interruption::ComeBackLater { code: refusal.code });
                return Upshot::AttachAfter(Duration::ZERO);
            }
            if request == 0 {
                let mut told = Told::default();
                told.event(Event::Refused(refusal), 0);
                return self.push(link, told, outbox);
            }
        }
        let Some(waiting) = self.pending.settle(request) else { return Upshot::GoOn };
        let told = self.settle(&waiting, reply.as_ref());
        let reply = match reply {
            Some(delivery::Reply::Refused(refused)) => {
                let refusal = Refusal::from_wire(refused);
                // Done by the first sending, whose answer was lost.
                let is_so = match waiting.command {
                    Command::Close(_) | Command::EndSession(_) => refusal.is(Code::SessionClosed),
                    Command::JoinSession(_) => refusal.is(Code::InSessionAlready),
                    Command::Unblock(_) => refusal.is(Code::NotFound),
                    Command::WithdrawInvitation(_) => refusal.is(Code::InvitationEnded),
                    Command::LeaveRoom(_) => {
                        refusal.is(Code::NotInRoom) || refusal.is(Code::NotFound)
                    }
                    _ => false,
                };
                match waiting.sendings > 1 && is_so {
                    true => Ok(delivery::Reply::Done(v1::Done {})),
                    false => Err(RequestError::Refused(refusal)),
                }
            }
            Some(reply) => Ok(reply),
            None => Err(RequestError::UnknownAnswer),
        };
        let gone = matches!((&waiting.command, &reply), (Command::Detach(_), Ok(_)));
        answer(waiting, reply);
        if gone {
            // Before anything else is sent for a link that the broker has no more.
            self.end(EndReason::Closed);
            return Upshot::End;
        }
        self.push(link, told, outbox)
    }

    /// What an answer means for the logs and the watch.
    fn settle(&mut self, waiting: &Waiting<Asker>, reply: Option<&delivery::Reply>) -> Told {
        use delivery::Reply;
        let mut told = Told::default();
        match (&waiting.command, reply) {
            (Command::Say(say), Some(Reply::Said(said))) => {
                let Ok(session) = SessionId::from_wire(&say.session) else { return told };
                let message = own(session, say, said.seq, said.wall_ms);
                self.with_log(session, |log| log.said(message, &mut told));
            }
            (Command::Ask(v1::Ask { opening: Some(opening), .. }), Some(Reply::Asked(asked))) => {
                self.asked(opening, asked, &mut told);
            }
            (Command::SayInRoom(say), Some(Reply::Said(said))) => {
                self.said_in_room(say, said, &mut told);
            }
            (command @ (Command::Say(_) | Command::SayInRoom(_) | Command::Ask(_)), _) => {
                self.forget_number(command, &mut told)
            }
            (watch, Some(Reply::Watching(_))) => self.watches.begin(watch),
            (watch @ Command::WatchReception(_), Some(Reply::Reception(now))) => {
                self.watches.begin(watch);
                if let Asker::Watch = waiting.waiter {
                    // Nobody has told what became of it meanwhile.
                    told.event(Event::ReceptionChanged { receiving: now.receiving() }, 0);
                }
            }
            (
                unwatch @ (Command::Unwatch(_)
                | Command::UnwatchFloor(_)
                | Command::UnwatchQueues(_)
                | Command::UnwatchReception(_)),
                Some(Reply::Done(_)),
            ) => self.watches.end(unwatch),
            (Command::UnwatchSession(unwatch), Some(Reply::Done(_))) => {
                self.unwatched(unwatch, &mut told);
            }
            (_, Some(Reply::Refused(_))) => {
                if let Asker::Probe(session) | Asker::WatchSession(session) = waiting.waiter {
                    self.lose_unless_resumed(session, &mut told);
                }
                if let Asker::ProbeRoom(room) = waiting.waiter {
                    self.lose_room_unless_resumed(room, &mut told);
                }
            }
            (_, Some(Reply::Session(view))) => {
                if let (Asker::Probe(session), v1::SessionState::Closed) =
                    (&waiting.waiter, view.state())
                {
                    self.lose_unless_resumed(*session, &mut told);
                }
            }
            _ => {}
        }
        told
    }

    /// The end of a watch comes as an event, but not if the watch had ended with the link of before.
    fn unwatched(&mut self, unwatch: &v1::UnwatchSession, told: &mut Told) {
        let Ok(session) = SessionId::from_wire(&unwatch.session) else { return };
        if self.logs.get(&session).is_some_and(|log| log.watches() && !log.is_resumed()) {
            self.logs.remove(&session);
            told.event(Event::WatchEnded { session }, 0);
        }
    }

    fn asked(&mut self, opening: &v1::Say, asked: &v1::Asked, told: &mut Told) {
        let session = SessionId::from_wire(&asked.session).ok();
        if let (Some(session), 1..) = (session, asked.opening_seq) {
            // The answer may come before the news of the session: its log begins here, with the opening still unsaid.
            self.log(session).asked_for();
        }
        self.openings = self.openings.saturating_sub(1);
        let mut over = Vec::new();
        for (id, log) in &mut self.logs {
            let course = match asked.opening_seq {
                seq if seq > 0 && Some(*id) == session => log.said(own(*id, opening, seq, 0), told),
                _ => log.unsay(told),
            };
            if course == Course::Over {
                over.push(*id);
            }
        }
        for session in over {
            self.logs.remove(&session);
        }
    }

    /// Watches ended with the link that had them.
    fn watch_again(&mut self) {
        let pending: Vec<&Command> = self.pending.commands().collect();
        for watch in self.watches.again(pending.iter().copied()) {
            self.pending.insert(watch, Asker::Watch);
        }
    }

    /// So did the watches of sessions; each goes on where it was, unless the program has asked for its end.
    fn watch_sessions_again(&mut self) {
        let unwatched = |session: &SessionId| {
            self.pending.commands().any(
                |command| matches!(command, Command::UnwatchSession(end) if end.session == session.0[..]),
            )
        };
        let watched = self.logs.iter().filter(|(id, log)| log.watches() && !unwatched(id));
        let again: Vec<_> = watched.map(|(id, log)| (*id, log.resume())).collect();
        for (session, resume) in again {
            let watch = v1::WatchSession { resume: Some(resume) };
            self.pending.insert(Command::WatchSession(watch), Asker::WatchSession(session));
        }
    }

    /// Asks after the sessions that the broker need not speak of by itself; what it resumes, it does before it answers.
    fn probe(&mut self, attached: &v1::Attached) {
        let is_doubtful = |(session, log): &(&SessionId, &Log)| {
            !log.watches() && attached.session != session.0[..]
        };
        let doubtful: Vec<SessionId> =
            self.logs.iter().filter(is_doubtful).map(|(session, _)| *session).collect();
        for session in doubtful {
            let read = Command::ReadSession(v1::ReadSession { session: session.to_wire() });
            self.pending.insert(read, Asker::Probe(session));
        }
    }

    fn lose_unless_resumed(&mut self, session: SessionId, told: &mut Told) {
        if self.logs.get(&session).is_some_and(|log| !log.is_resumed()) {
            self.logs.remove(&session);
            told.event(Event::SessionLost { session }, 0);
        }
    }
}

/// One's own message, as its reply makes it known; the log fills in who one is.
fn own(session: SessionId, say: &v1::Say, seq: u64, wall_ms: u64) -> Message {
    Message {
        session,
        seq,
        from: 0,
        kind: say.kind,
        body: say.body.clone(),
        wall_ms,
        client_message_id: say.client_message_id.clone(),
        audience: say.audience,
        to: say.to,
        replaces: say.replaces.clone(),
    }
}
