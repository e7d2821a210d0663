#pragma once
// EXPECT_ERROR(statement, text): the statement throws tinytorch::Error with `text` in its message.

#include <gtest/gtest.h>

#include <string>

#include "tinytorch/core/error.h"

#define EXPECT_ERROR(statement, text)                                                     \
  do {                                                                                    \
    std::string message_;                                                                 \
    try {                                                                                 \
      statement;                                                                          \
      ADD_FAILURE() << #statement " threw nothing; expected an Error with: " << (text);   \
      break;                                                                              \
    } catch (const tinytorch::Error& error_) {                                            \
      message_ = error_.what();                                                           \
    }                                                                                     \
    EXPECT_NE(message_.find(text), std::string::npos) << "the message was: " << message_; \
  } while (false)
