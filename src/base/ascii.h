#pragma once

#include <string>
#include <string_view>
#include <vector>

/// Words of protocols and formats whose letters are ASCII, whatever the locale. Other bytes stay as they are.
namespace longshore::ascii {

constexpr char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; }
constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }
constexpr bool is_letter(char c) { return lower(c) >= 'a' && lower(c) <= 'z'; }
/// C0 and DEL, but not the tab, which may stand in lines of text.
constexpr bool is_control(char c) { return (static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7f; }

std::string lower(std::string_view text);
/// Equal but for the case of letters.
bool same_word(std::string_view a, std::string_view b);
/// Without spaces and tabs around it.
std::string_view trimmed(std::string_view text);
/// The members of a comma-separated list, trimmed; of "" one, which is empty.
std::vector<std::string_view> list_members(std::string_view list);

}  // namespace longshore::ascii
