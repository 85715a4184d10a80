//! A terminal at one end of a session by russh.
use russh::{ChannelMsg, client, keys};
use std::process::{Command, Stdio, exit};
use std::sync::Arc;
use tokio::io::{AsyncReadExt, AsyncWriteExt, stderr, stdin, stdout};
use tokio::signal::unix::{SignalKind, signal};

struct AnyHost;

impl client::Handler for AnyHost {
    type Error = russh::Error;

    async fn check_server_key(&mut self, _: &keys::PublicKeyOrCertificate) -> Result<bool, Self::Error> {
        Ok(true)
    }
}

fn stty(args: &[&str]) -> String {
    let output = Command::new("stty").args(args).stdin(Stdio::inherit()).output().expect("stty");
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}

/// Columns and rows.
fn size() -> (u32, u32) {
    let said = stty(&["size"]);
    let mut numbers = said.split(' ').map(|number| number.parse().unwrap_or(0));
    let rows = numbers.next().unwrap_or(24);
    (numbers.next().unwrap_or(80), rows)
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let args: Vec<String> = std::env::args().collect();
    let port: u16 = args[2].parse()?;
    let config = Arc::new(client::Config::default());
    let mut session = client::connect(config, (args[1].as_str(), port), AnyHost).await?;
    let answer = match args.get(4) {
        None => session.authenticate_none(&args[3]).await?,
        Some(file) => {
            let key = Arc::new(keys::load_secret_key(file, None)?);
            session.authenticate_publickey(&args[3], keys::PrivateKeyWithHashAlg::new(key, None)).await?
        }
    };
    if !answer.success() {
        eprintln!("not let in");
        exit(255);
    }
    let mut channel = session.channel_open_session().await?;
    let (columns, rows) = size();
    let term = std::env::var("TERM").unwrap_or_default();
    channel.request_pty(false, &term, columns, rows, 0, 0, &[]).await?;
    channel.request_shell(true).await?;
    stty(&["raw", "-echo"]);
    let mut resized = signal(SignalKind::window_change())?;
    let (mut input, mut output, mut errors) = (stdin(), stdout(), stderr());
    let mut bytes = [0; 4096];
    let mut status = 255;
    loop {
        tokio::select! {
            count = input.read(&mut bytes) => channel.data(&bytes[..count?]).await?,
            _ = resized.recv() => {
                let (columns, rows) = size();
                channel.window_change(columns, rows, 0, 0).await?;
            }
            message = channel.wait() => match message {
                Some(ChannelMsg::Data { data }) => {
                    output.write_all(&data).await?;
                    output.flush().await?;
                }
                Some(ChannelMsg::ExtendedData { data, .. }) => {
                    errors.write_all(&data).await?;
                    errors.flush().await?;
                }
                Some(ChannelMsg::ExitStatus { exit_status }) => status = exit_status,
                None => break,
                _ => {}
            },
        }
    }
    stty(&["sane"]);
    exit(status as i32);
}
