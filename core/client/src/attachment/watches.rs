//! The watches that a link has begun, so that they can be begun again after an interruption.

use frontdesk_proto::v1::command::Command;

/// The commands that began watches, at most one of each kind.
#[derive(Debug, Default)]
pub(super) struct Watches {
    begun: Vec<Command>,
}

impl Watches {
    /// A watch has begun, in the place of one of its kind.
    pub(super) fn begin(&mut self, watch: &Command) {
        self.forget(watch);
        self.begun.push(watch.clone());
    }

    /// A watch has ended, as this has asked for.
    pub(super) fn end(&mut self, unwatch: &Command) {
        self.begun.retain(|begun| !ends(unwatch, begun));
    }

    /// The watches that are to be begun again, where these commands are on their way.
    pub(super) fn again<'a>(
        &self,
        pending: impl Iterator<Item = &'a Command> + Clone,
    ) -> Vec<Command> {
        let settled = |begun: &&Command| {
            !pending.clone().any(|command| is_like(command, begun) || ends(command, begun))
        };
        self.begun.iter().filter(settled).cloned().collect()
    }

    fn forget(&mut self, watch: &Command) {
        self.begun.retain(|begun| !is_like(begun, watch));
    }
}

/// Whether two commands are of the same kind.
fn is_like(one: &Command, other: &Command) -> bool {
    std::mem::discriminant(one) == std::mem::discriminant(other)
}

/// Whether a command ends a watch that was begun.
fn ends(unwatch: &Command, begun: &Command) -> bool {
    matches!(
        (unwatch, begun),
        (Command::Unwatch(_), Command::WatchVisitors(_))
            | (Command::UnwatchFloor(_), Command::WatchFloor(_))
            | (Command::UnwatchQueues(_), Command::WatchQueues(_))
            | (Command::UnwatchReception(_), Command::WatchReception(_))
    )
}

#[cfg(test)]
mod tests {
    use frontdesk_proto::v1;

    use super::*;

    fn floor(agents: u32) -> Command {
        Command::WatchFloor(v1::WatchFloor { departments: Vec::new(), agents })
    }

    #[test]
    fn each_kind_of_watch_is_begun_again_as_it_was_asked_for_last() {
        let queues = Command::WatchQueues(v1::WatchQueues::default());
        let mut watches = Watches::default();
        for watch in [&floor(1), &queues, &floor(2)] {
            watches.begin(watch);
        }
        assert_eq!(watches.again([].iter()), [queues.clone(), floor(2)]);
        watches.end(&Command::UnwatchQueues(v1::UnwatchQueues {}));
        assert_eq!(watches.again([].iter()), [floor(2)]);
        watches.end(&Command::Unwatch(v1::Unwatch {}));
        assert_eq!(watches.again([].iter()), [floor(2)], "another kind");
    }

    #[test]
    fn what_is_on_its_way_already_is_not_begun_again() {
        let mut watches = Watches::default();
        let reception = Command::WatchReception(v1::WatchReception::default());
        watches.begin(&floor(1));
        watches.begin(&reception);
        let pending = [floor(7), Command::UnwatchReception(v1::UnwatchReception {})];
        assert_eq!(watches.again(pending.iter()), []);
        assert_eq!(watches.again(pending[..1].iter()), [reception]);
    }
}
