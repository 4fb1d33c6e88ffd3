//! Dovecot, with one mailbox, and passwords for Postfix.

use super::{House, Rooms, Server};
use std::fs;

pub(super) fn start(house: &House, rooms: &Rooms) -> Server {
    super::need("dovecot");
    let home = house.folder().join("dovecot");
    fs::create_dir_all(home.join("mail")).expect("a folder");
    fs::write(home.join("users"), format!("{}:{{PLAIN}}{}\n", House::LOGIN, House::PASSWORD))
        .expect("a file");
    super::run(
        "chown",
        &["-R", &format!("{}:{}", House::USER, House::USER), &home.join("mail").to_string_lossy()],
        b"",
    );
    let capability = match rooms {
        Rooms::Mailbox { with_idle: false } => {
            "imap_capability = IMAP4rev1 SASL-IR LOGIN-REFERRALS ID ENABLE LITERAL+ UIDPLUS MOVE"
        }
        _ => "",
    };
    let configuration = format!(
        "base_dir = {home}/run
state_dir = {home}/state
instance_name = {name}
log_path = {home}/dovecot.log
auth_verbose = yes
protocols = imap lmtp
listen = 127.0.0.1
ssl = yes
ssl_cert = <{cert}
ssl_key = <{key}
disable_plaintext_auth = no
first_valid_uid = 100
default_vsz_limit = 512M
recipient_delimiter = +
mail_location = maildir:{home}/mail/box
{capability}
passdb {{
  driver = passwd-file
  args = scheme=PLAIN username_format=%u {home}/users
}}
userdb {{
  driver = static
  args = uid={user} gid={user} home={home}/mail allow_all_users=yes
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {imap}
  }}
  inet_listener imaps {{
    port = {imaps}
    ssl = yes
  }}
}}
service lmtp {{
  inet_listener lmtp {{
    port = {lmtp}
  }}
}}
service auth {{
  inet_listener auth {{
    port = {auth}
  }}
}}
namespace inbox {{
  inbox = yes
  mailbox Done {{
    auto = create
  }}
}}
",
        home = home.display(),
        name = house.ports.imap,
        cert = house.certificate().display(),
        key = house.folder().join("key.pem").display(),
        user = House::USER,
        imap = house.ports.imap,
        imaps = house.ports.imaps,
        lmtp = house.ports.lmtp,
        auth = house.ports.auth,
    );
    let file = home.join("dovecot.conf");
    fs::write(&file, configuration).expect("a file");
    let file = file.to_string_lossy().into_owned();
    Server::start(
        &format!("dovecot -F -c {file}"),
        &format!("doveadm -c {file} stop"),
        &house.folder().join("dovecot-start.log"),
    )
}
