//! The development authority and the server's certificate.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use http_kit::TlsIdentity;
use http_kit::dev_ca::{DevCa, ensure};

fn read(path: &Path) -> String {
    fs::read_to_string(path).expect("the file is there")
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).expect("the file is there").permissions().mode() & 0o777
}

fn made(dir: &Path, names: &[&str]) -> DevCa {
    let names: Vec<String> = names.iter().map(ToString::to_string).collect();
    let files = ensure(dir, &names).expect("the directory can be written");
    TlsIdentity::load(&files.cert_path, &files.key_path).expect("it can be served");
    files
}

#[test]
fn it_is_made_once_and_kept() {
    let dir = tempfile::tempdir().expect("a directory");
    let dir = dir.path().join("tls");
    let files = made(&dir, &["contoso.test"]);
    let (ca, leaf) = (read(&files.ca_pem_path), read(&files.cert_path));
    assert!(leaf.ends_with(&ca), "the chain ends in the authority");
    assert_eq!((mode(&files.key_path), mode(&dir.join("ca-key.pem")), mode(&dir)), (0o600, 0o600, 0o700));

    assert_eq!(made(&dir, &["CONTOSO.test.", "127.0.0.1"]), files);
    assert_eq!((read(&files.ca_pem_path), read(&files.cert_path)), (ca, leaf), "nothing has changed");
}

#[test]
fn another_name_makes_another_certificate_of_the_same_authority() {
    let dir = tempfile::tempdir().expect("a directory");
    let files = made(dir.path(), &["contoso.test"]);
    let (ca, leaf) = (read(&files.ca_pem_path), read(&files.cert_path));
    made(dir.path(), &["contoso.test", "192.0.2.1"]);
    assert_eq!(read(&files.ca_pem_path), ca);
    assert_ne!(read(&files.cert_path), leaf);
}

#[test]
fn what_is_damaged_is_made_again() {
    let dir = tempfile::tempdir().expect("a directory");
    let files = made(dir.path(), &[]);
    let (ca, leaf) = (read(&files.ca_pem_path), read(&files.cert_path));

    fs::write(&files.cert_path, "junk").expect("written");
    made(dir.path(), &[]);
    assert_eq!(read(&files.ca_pem_path), ca);
    assert_ne!(read(&files.cert_path), leaf);

    let leaf = read(&files.cert_path);
    fs::write(dir.path().join("ca-key.pem"), "junk").expect("written");
    made(dir.path(), &[]);
    assert_ne!(read(&files.ca_pem_path), ca, "an authority without its key can sign nothing");
    assert_ne!(read(&files.cert_path), leaf, "the old authority's certificate is of no use");
}

#[test]
fn a_directory_that_cannot_be_written_is_named() {
    let error = ensure(Path::new("/proc/nowhere"), &[]).expect_err("it cannot be made");
    assert!(error.to_string().contains("/proc/nowhere"), "{error}");
}
