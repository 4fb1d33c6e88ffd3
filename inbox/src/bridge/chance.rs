//! The device's randomness.

/// 64 random bits, for ids that no other device makes.
pub(crate) fn seed() -> u64 {
    let mut bytes = [0; 8];
    let crypto = super::window().and_then(|window| window.crypto().ok());
    // Every browser that runs WebAssembly has it; without it the time still differs by device.
    if crypto.is_none_or(|crypto| crypto.get_random_values_with_u8_array(&mut bytes).is_err()) {
        bytes = super::clock::now().0.to_le_bytes();
    }
    u64::from_le_bytes(bytes)
}
