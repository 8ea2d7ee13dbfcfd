return answer("Rejected")
