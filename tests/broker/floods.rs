//! What it comes to when a connection asks for the same thing without end.

use std::time::Duration;

use frontdesk::broker::token::Role;
use frontdesk::proto::v1::command::Command;
use frontdesk::proto::v1::control_command::Command as ControlCommand;
use frontdesk::proto::v1::delivery::Reply;
use frontdesk::proto::v1::{self, Code};
use quinn::VarInt;

use crate::house::House;
use crate::wire::{arrives, say};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn renewals_without_end_are_misbehaviour() {
    let house = House::open();
    let mut client = house.client("acme", Role::Visitor, "v-1").await;
    let renew = v1::RenewToken { token: "x".into() };
    let renew = v1::ControlCommand { command: Some(ControlCommand::RenewToken(renew)) };
    for _ in 0..1_000 {
        client.control.send(&renew).await;
    }
    assert_eq!(client.bare.closed().await.code, Code::Misbehaved);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn lanes_that_come_and_go_without_end_are_slowed_down() {
    let house = House::open();
    let client = house.client("acme", Role::Visitor, "v-1").await;
    let mut opened = 0;
    let churn = async {
        loop {
            let (mut send, _) = client.bare.connection.open_bi().await.unwrap();
            let _ = send.write_all(&[0x02]).await;
            let _ = send.reset(VarInt::from_u32(0));
            opened += 1;
        }
    };
    assert!(tokio::time::timeout(Duration::from_millis(500), churn).await.is_err());
    assert!(opened < 300, "{opened} lanes in half a second");
    // It is slowed down and not shut out.
    let mut lane = client.lane().await;
    lane.attach_visitor(1, arrives("")).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn frames_that_no_working_client_sends_are_misbehaviour_when_they_do_not_end() {
    let house = House::open();
    let session = vec![9; 16].into();
    let faults = [
        Command::Say(v1::Say { kind: 0, ..say(&session, "hello") }),
        Command::Say(v1::Say { kind: 77, ..say(&session, "hello") }),
        Command::Say(v1::Say { client_message_id: vec![1; 15].into(), ..say(&session, "hello") }),
        Command::AttachVisitor(Box::new(arrives(""))),
        Command::ReadCounts(v1::ReadCounts::default()),
    ];
    for fault in faults {
        let client = house.client("acme", Role::Visitor, "v-1").await;
        let mut lane = client.lane().await;
        lane.attach_visitor(1, arrives("")).await;
        for _ in 0..1_000 {
            lane.tell(1, fault.clone()).await;
        }
        assert_eq!(client.bare.closed().await.code, Code::Misbehaved, "{fault:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_whose_people_are_unlucky_or_too_quick_is_served_on() {
    let house = House::open();
    let client = house.client("acme", Role::Visitor, "v-1").await;
    let mut lane = client.lane().await;
    lane.attach_visitor(1, arrives("")).await;
    let nowhere = vec![9; 16].into();
    let unlucky = [
        Command::Say(say(&nowhere, "is it over?")),
        Command::Say(say(&nowhere, &"x".repeat(8_193))),
        Command::Preview(v1::Preview { session: nowhere.clone(), text: "x".repeat(2_049) }),
        Command::ReadSession(v1::ReadSession { session: nowhere }),
        Command::Ask(v1::Ask { department: "moon".into(), ..Default::default() }),
    ];
    for command in unlucky {
        for _ in 0..300 {
            lane.refused(1, command.clone()).await;
        }
    }
    let view = Command::ViewPage(v1::ViewPage { page: arrives("").arrival.unwrap().page });
    let reply = lane.ask(1, view).await;
    assert!(
        match &reply {
            Reply::Done(_) => true,
            Reply::Refused(refused) => refused.code() == Code::RateLimited,
            _ => false,
        },
        "{reply:?}"
    );
}
