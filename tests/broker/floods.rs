//! What it comes to when a connection asks for the same thing without end.

use std::time::Duration;

use frontdesk::broker::token::Role;
use frontdesk::proto::v1::control_command::Command as ControlCommand;
use frontdesk::proto::v1::{self, Code};
use quinn::VarInt;

use crate::house::House;
use crate::wire::arrives;

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
