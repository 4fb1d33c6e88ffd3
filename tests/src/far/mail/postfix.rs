//! Postfix, for the domains of a test.

use super::{House, Rooms, Server};
use std::{fs, os::unix::fs::PermissionsExt};

/// What runs in it: no chroot, and only what is needed.
const SERVICES: &str = "pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 1 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
smtp unix - - n - - smtp
relay unix - - n - - smtp
showq unix n - n - - showq
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
virtual unix - n n - - virtual
lmtp unix - - n - - lmtp
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
";

pub(super) fn start(house: &House, rooms: &Rooms) -> Server {
    super::need("postfix");
    let home = house.folder().join("postfix");
    for folder in ["", "conf", "queue", "data", "mail"] {
        fs::create_dir_all(home.join(folder)).expect("a folder");
    }
    fs::set_permissions(&home, fs::Permissions::from_mode(0o755)).expect("it is ours");
    let data = home.join("data");
    super::run("chown", &["postfix", &data.to_string_lossy()], b"");
    let (conf, home) = (home.join("conf"), home.to_string_lossy().into_owned());
    let folder = house.folder().to_string_lossy().into_owned();
    let believed = "static:{PREPEND Authentication-Results: mx.oak.example; dkim=pass header.d=oak.example}";
    let master = format!(
        "{SERVICES}{} inet n - n - - smtpd
  -o smtpd_data_restrictions=static:{{{{PREPEND Authentication-Results: mx.oak.example; dkim=none; spf=fail}}}}
{} inet n - n - - smtpd
  -o smtpd_data_restrictions={{{{check_sender_access {believed}}}}}
{} inet n - n - - smtpd
  -o smtpd_tls_wrappermode=yes -o smtpd_sasl_auth_enable=yes
  -o smtpd_recipient_restrictions=permit_sasl_authenticated,reject
{} inet n - n - - smtpd
  -o smtpd_tls_security_level=encrypt -o smtpd_sasl_auth_enable=yes
  -o smtpd_recipient_restrictions=permit_sasl_authenticated,reject
",
        house.ports.outside, house.ports.inside, house.ports.smtps, house.ports.submission
    );
    let master = master.replace("{{", "{").replace("}}", "}");
    // `smtpd_data_restrictions` takes a table by name, as the others do.
    let master = master.replace(
        "smtpd_data_restrictions=static:{PREPEND",
        "smtpd_data_restrictions={check_sender_access static:{PREPEND",
    );
    let master = master.replace("spf=fail}\n", "spf=fail}}\n");
    let relay = match rooms {
        Rooms::Listener { port, .. } => format!("lmtp:[127.0.0.1]:{port}"),
        Rooms::Mailbox { .. } => format!("lmtp:[127.0.0.1]:{}", house.ports.lmtp),
    };
    let main = format!(
        "compatibility_level = 3.6
queue_directory = {home}/queue
data_directory = {home}/data
command_directory = /usr/sbin
daemon_directory = /usr/lib/postfix/sbin
maillog_file = {home}/mail.log
maillog_file_prefixes = {folder}
myhostname = mx.oak.example
mydestination =
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
mynetworks = 127.0.0.0/8
recipient_delimiter = +
smtp_dns_support_level = disabled
smtp_host_lookup = native
lmtp_host_lookup = native
virtual_mailbox_domains = oak.example, visitors.example
virtual_mailbox_base = {home}/mail
virtual_mailbox_maps = inline:{{ ana@oak.example=ana/, tom@visitors.example=tom/ }}
virtual_minimum_uid = 100
virtual_uid_maps = static:{user}
virtual_gid_maps = static:{user}
relay_domains = relay.example, elsewhere.example
transport_maps = inline:{{ relay.example={relay}, elsewhere.example=smtp:[127.0.0.1]:{elsewhere} }}
smtpd_relay_restrictions = permit_mynetworks, permit_sasl_authenticated, reject
smtpd_sasl_type = dovecot
smtpd_sasl_path = inet:127.0.0.1:{auth}
smtpd_tls_cert_file = {cert}
smtpd_tls_key_file = {key}
smtpd_tls_security_level = may
minimal_backoff_time = 1s
maximal_backoff_time = 2s
queue_run_delay = 1s
bounce_queue_lifetime = 1d
message_size_limit = 30000000
",
        user = House::USER,
        elsewhere = house.ports.elsewhere,
        auth = house.ports.auth,
        cert = house.certificate().display(),
        key = house.folder().join("key.pem").display(),
    );
    fs::write(conf.join("main.cf"), main).expect("a file");
    fs::write(conf.join("master.cf"), master).expect("a file");
    super::run("chown", &["-R", &format!("{}:{}", House::USER, House::USER), &format!("{home}/mail")], b"");
    let conf = conf.to_string_lossy().into_owned();
    Server::start(
        &format!("postfix -c {conf} start-fg"),
        &format!("postfix -c {conf} stop"),
        &house.folder().join("postfix.log"),
    )
}
