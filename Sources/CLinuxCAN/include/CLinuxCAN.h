// What the headers of Linux and libc do not give to Swift: macros with casts, unions, variadic calls.
#pragma once
